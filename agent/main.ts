// `muster agent`: from the command line to an exit code. 0: stopped by SIGTERM or SIGINT; 1: cannot go on (one line says why); 2: wrong use,
// nothing was changed. Scripts that run when the agent stops go on under their supervisors; the next agent takes them up.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEndpoint } from './access/endpoint.ts';
import type { Endpoint } from './access/endpoint.ts';
import { runAgent } from './agent.ts';
import { readPolicy } from './documents/node-policy.ts';
import type { NodePolicy } from './documents/node-policy.ts';
import { findRegistration, RegistrationRefused } from './identity/registration.ts';
import { systemClock } from './machine/clock.ts';
import { tryLockDirectory } from './machine/directory-lock.ts';
import type { DirectoryLock } from './machine/directory-lock.ts';
import { readMachineFacts, systemFactSources } from './machine/facts.ts';
import { writeDurably } from './machine/files.ts';
import { systemIds } from './machine/ids.ts';
import { openLogFile } from './machine/log-file.ts';
import type { LogFile } from './machine/log-file.ts';
import { createLog, describeError } from './machine/log.ts';
import type { Log } from './machine/log.ts';
import { createRebooter, defaultRebootCommand } from './machine/reboot.ts';
import { parseOptions, UsageError } from './options.ts';
import type { AgentOptions } from './options.ts';
import { LimitsUnavailable, openRunCgroups } from './supervision/run-cgroups.ts';
import { systemProcessTable } from './supervision/process-table.ts';
import { createStepSupervisor } from './supervision/step-supervisor.ts';
import type { StepSupervisor, SupervisorProgram } from './supervision/step-supervisor.ts';
import { superviseScript } from './supervision/supervise-script.ts';

export { AGENT_PAGE } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export async function main(argv: readonly string[], env: Environment): Promise<number> {
  let options: AgentOptions;
  let endpoint: Endpoint;
  let lock: DirectoryLock;
  let policy: NodePolicy;
  try {
    options = parseOptions(argv, env);
    endpoint = parseEndpoint(options.endpoint, readCa(options.caFile));
    policy = readPolicy(join(options.dataDir, 'policy.json'));
    lock = claimDataDirectory(options);
  } catch (error) {
    process.stderr.write(`muster agent: ${describeError(error)}\n`);
    return 2;
  }
  try {
    return await run(options, endpoint, policy, env);
  } finally {
    rmSync(join(options.dataDir, 'agent.pid'), { force: true });
    lock.release();
  }
}

async function run(options: AgentOptions, endpoint: Endpoint, policy: NodePolicy, env: Environment): Promise<number> {
  const { dataDir } = options;
  let logFile: LogFile | undefined;
  try {
    logFile = options.logFile === undefined ? undefined : openLogFile(options.logFile);
  } catch (error) {
    process.stderr.write(`muster agent: --log-file cannot be written: ${describeError(error)}\n`);
    return 2;
  }
  const log = createLog(
    (line) => (logFile === undefined ? process.stderr.write(line) : logFile.write(line)),
    () => systemClock.now(),
  );
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  // The timers of the agent do not keep the process alive, and an idle channel is between two of them.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    writeDurably(join(dataDir, 'agent.pid'), `${process.pid}\n`, 0o644);
    log.info('agent starts', { dataDir, endpoint: options.endpoint, region: options.region, pid: process.pid });
    await runAgent({
      endpoint,
      region: options.region,
      dataDir,
      activation: options.activation,
      facts: readMachineFacts(systemFactSources),
      supervisor: openSupervisor(options, log),
      rebooter: createRebooter({
        clock: systemClock,
        command: options.rebootCommand ?? defaultRebootCommand(process.platform),
        userId: process.getuid?.(),
      }),
      policy,
      workingDirectory: process.cwd(),
      environment: env,
      clock: systemClock,
      ids: systemIds,
      log,
      signal: stop.signal,
    });
    log.info('agent stops');
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (error instanceof LimitsUnavailable) {
      process.stderr.write(`muster agent: ${error.message}\n`);
      return 2;
    }
    if (error instanceof RegistrationRefused) process.stderr.write(`muster agent: ${error.message}\n`);
    else log.error('the agent cannot go on', {}, error);
    return 1;
  } finally {
    clearInterval(alive);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
    logFile?.close();
  }
}

function openSupervisor({ dataDir, documentLimits }: AgentOptions, log: Log): StepSupervisor {
  const { pid: processId, platform } = process;
  return createStepSupervisor({
    program: installSupervisor(dataDir),
    processes: systemProcessTable,
    cgroups: openRunCgroups({ dataDir, limits: documentLimits, processId, platform, clock: systemClock, log }),
    clock: systemClock,
  });
}

function readCa(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError('--ca cannot be read', { cause: error });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new UsageError(`--ca holds no certificate in PEM: ${path}`);
  return text;
}

/** Everything that can be wrong with the directory is found before anything is written into it. */
function claimDataDirectory(options: AgentOptions): DirectoryLock {
  const { dataDir } = options;
  const exists = existsSync(dataDir);
  if (exists && !statSync(dataDir).isDirectory()) throw new UsageError(`--data-dir is not a directory: ${dataDir}`);
  if (!exists && options.activation === undefined) throw notRegistered(dataDir);
  try {
    if (exists) accessSync(dataDir, constants.W_OK | constants.X_OK);
    else mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UsageError('--data-dir cannot be written', { cause: error });
  }
  if (options.activation === undefined || exists) {
    const registration = findRegistration(dataDir);
    if (registration === undefined && options.activation === undefined) throw notRegistered(dataDir);
    if (registration !== undefined && registration.region !== options.region) {
      throw new UsageError(`this node is registered in region ${registration.region}, not in ${options.region}`);
    }
  }
  const lock = tryLockDirectory(join(dataDir, 'lock.db'));
  if (lock === undefined) throw new UsageError(`another agent runs with the data directory ${dataDir}`);
  return lock;
}

function notRegistered(dataDir: string): UsageError {
  return new UsageError(`no node is registered in ${dataDir}: give --activation-id and --activation-code`);
}

/** The supervisor lies in the data directory, so that running steps do not depend on where the agent was started from. */
function installSupervisor(dataDir: string): SupervisorProgram {
  if (process.platform === 'win32') {
    const file = fileURLToPath(new URL('supervision/supervise-with-node.ts', import.meta.url));
    return [process.execPath, file];
  }
  const path = join(dataDir, 'supervise.sh');
  // Renamed into place: a shell that is reading the old file goes on with the old file.
  writeDurably(path, superviseScript, 0o700);
  return ['/bin/sh', path];
}

// For a direct start, as tests and service units do it.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2), process.env);
}
