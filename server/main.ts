// The process: reads the configuration, starts the server, says where it listens, and stops on SIGTERM or SIGINT. Everything a person sees
// on standard output is written here.
import { createServer as createProbe } from 'node:net';
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, readConfig, UsageError } from './config.ts';
import { type MusterServer, startServer } from './server.ts';
import { MasterKeyUnusable, SealError } from './platform/seal/index.ts';
import { DatabaseUnusable, DataDirectoryLocked, DataTooNew, lockDataDirectory, probePostgres } from './platform/store/index.ts';

export interface LocalNode {
  stop(): Promise<void>;
}

export interface MainOptions {
  /** `npm start` enrols this machine: called when the server is ready, unless --no-local-node. */
  readonly startLocalNode?: (server: MusterServer) => Promise<LocalNode>;
  /** The shell words that print the credentials, for the line to paste. */
  readonly credentialsCommand?: readonly string[];
}

/** Wrong use: nothing was changed. */
const EXIT_USAGE = 2;
/** Errors whose message says what the operator can do. */
const TOLD_IN_ONE_LINE = [UsageError, DataDirectoryLocked, DataTooNew, DatabaseUnusable, MasterKeyUnusable, SealError];

/** Resolves with the exit code, after a signal or when starting failed. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, options: MainOptions = {}): Promise<number> {
  try {
    return await run(argv, env, options);
  } catch (error) {
    if (!TOLD_IN_ONE_LINE.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`muster: ${(error as Error).message}\n`);
    return EXIT_USAGE;
  }
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv, options: MainOptions): Promise<number> {
  const { config, secrets } = readConfig(argv, env, { localNode: options.startLocalNode !== undefined });
  await checkAddress(config);
  checkDataDirectory(config.dataDir);
  // As the port: a database that cannot be used is told before anything is written.
  if (secrets.databaseUrl !== undefined) await probePostgres(secrets.databaseUrl);
  const signal = nextSignal();

  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataDirectory(config.dataDir);
  const pidFile = join(config.dataDir, 'server.pid');
  const server = await startServer(config, secrets, lock);
  let localNode: LocalNode | undefined;
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
    announce(config, server, options.credentialsCommand ?? ['muster', 'credentials']);
    if (config.localNode) localNode = await options.startLocalNode?.(server);
    server.log.info('stopping', { signal: await signal });
  } finally {
    await localNode?.stop();
    await server.stop();
    rmSync(pidFile, { force: true });
    lock.release();
  }
  return 0;
}

/** A taken port must be told before anything is written. */
async function checkAddress(config: Config): Promise<void> {
  const probe = createProbe();
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ host: config.host, port: config.port, exclusive: true }, () => resolve(undefined));
  });
  if (failure !== undefined)
    throw new UsageError(`cannot listen on ${config.host}:${config.port}: ${reason(failure)}`, { cause: failure });
  await new Promise((resolve) => probe.close(resolve));
}

function checkDataDirectory(dataDir: string): void {
  let existing = dataDir;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`cannot write to the data directory ${dataDir}: ${reason(error as NodeJS.ErrnoException)}`, {
      cause: error,
    });
  }
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is taken; stop what listens there, or choose another with --listen.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'permission denied.';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address.';
    default:
      return error.message;
  }
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => resolve(name));
  });
}

function announce(config: Config, server: MusterServer, credentialsCommand: readonly string[]): void {
  const command = [...credentialsCommand, '--data-dir', config.dataDir].map(quote).join(' ');
  const lines = [
    `Muster listens on ${server.endpoint} (data in ${config.dataDir}).`,
    'To make the AWS CLI talk to it, paste:',
    '',
    `  eval "$(${command})"`,
    '',
    'and then, for example:',
    '',
    '  aws ssm describe-instance-information',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
