// This machine as a managed node of the server that `npm start` runs. The agent is a process of its own session: it survives a killed
// server, and the next start adopts it.
//
//   no registration --CreateActivation--> agent started with the code in its environment --> registered
//   registered, agent alive and ours  --> adopted
//   registered, no agent (or one for another endpoint) --> (stopped,) started
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { awsCall } from './aws-call.ts';
import { now, waitUntil } from './clock.ts';
import { commandLineOf, isAlive, sendSignal } from './processes.ts';

export interface ServerFacts {
  readonly dataDir: string;
  readonly endpoint: string;
  /** PEM file; undefined where the server's certificate is signed by an authority that the machine knows. */
  readonly caFile: string | undefined;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface LocalNode {
  readonly nodeId: string;
  /** Whether an agent of an earlier start was taken over. */
  readonly adopted: boolean;
  /** Ends the agent. Scripts that it runs go on under their supervisors. */
  stop(): Promise<void>;
}

/** First registration makes a 3072-bit key pair, which takes seconds on a slow machine. */
const REGISTRATION_MS_MAX = 30_000;
/** An agent that does not end within this time after SIGTERM is killed. */
const STOP_MS_MAX = 10_000;
const LAUNCHER = fileURLToPath(new URL('bin.mjs', import.meta.url));

export async function enrolLocalNode(server: ServerFacts, env: Readonly<Record<string, string | undefined>>): Promise<LocalNode> {
  const dir = join(server.dataDir, 'local-node');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const args = agentArguments(dir, server);
  const running = await findAgent(dir, args);
  const pid = running ?? startAgent(dir, args, { ...scriptEnvironment(env), ...(await activation(dir, server)) });
  await waitUntil(() => registeredId(dir) !== undefined || !isAlive(pid), REGISTRATION_MS_MAX);
  const nodeId = registeredId(dir);
  if (nodeId === undefined) {
    await stopAgent(dir, pid);
    throw new Error(`its agent did not register (${lastLine(logFile(dir))}); more in ${logFile(dir)}`);
  }
  return { nodeId, adopted: running !== undefined, stop: () => stopAgent(dir, pid) };
}

function agentArguments(dir: string, server: ServerFacts): string[] {
  const authority = server.caFile === undefined ? [] : ['--ca', server.caFile];
  return ['agent', '--endpoint', server.endpoint, ...authority, '--region', server.region, '--data-dir', dir];
}

/** The pid of a running agent of ours for this very endpoint; one that was started for another is ended. */
async function findAgent(dir: string, args: readonly string[]): Promise<number | undefined> {
  const pid = readPid(dir);
  if (pid === undefined || !isAlive(pid)) return undefined;
  const commandLine = commandLineOf(pid);
  // A reused pid: somebody else's process, which is left alone.
  if (!commandLine.includes(LAUNCHER) || !commandLine.includes(dir)) return undefined;
  if (commandLine.endsWith(args.join(' '))) return pid;
  await stopAgent(dir, pid);
  return undefined;
}

/** Environment with an activation, or empty where the node is registered already. The code never shows in a list of processes. */
async function activation(dir: string, server: ServerFacts): Promise<Record<string, string>> {
  if (registeredId(dir) !== undefined) return {};
  const endpoint = {
    url: server.endpoint,
    ca: server.caFile === undefined ? undefined : readFileSync(server.caFile, 'utf8'),
    region: server.region,
    credentials: server.credentials,
  };
  const input = {
    Description: 'the machine that the server runs on',
    DefaultInstanceName: hostname(),
    IamRole: 'MusterNode',
    RegistrationLimit: 1,
  };
  const made = await awsCall(endpoint, 'ssm', 'AmazonSSM.CreateActivation', input, now());
  return { MUSTER_ACTIVATION_ID: String(made['ActivationId']), MUSTER_ACTIVATION_CODE: String(made['ActivationCode']) };
}

/** Scripts inherit the agent's environment: nothing of the server's, of npm's or of the caller's AWS credentials belongs there. */
function scriptEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !/^(AWS_|MUSTER_|npm_|NODE_|INIT_CWD$|SSL_CERT_FILE$)/i.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

function startAgent(dir: string, args: readonly string[], env: Readonly<Record<string, string>>): number {
  const log = openSync(logFile(dir), 'a', 0o600);
  const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd: dir, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`cannot start ${process.execPath}`);
  writeFileSync(pidFile(dir), `${child.pid}\n`, { mode: 0o600 });
  return child.pid;
}

async function stopAgent(dir: string, pid: number): Promise<void> {
  sendSignal(pid, 'SIGTERM');
  if (!(await waitUntil(() => !isAlive(pid), STOP_MS_MAX))) sendSignal(pid, 'SIGKILL');
  rmSync(pidFile(dir), { force: true });
}

function registeredId(dir: string): string | undefined {
  const file = join(dir, 'registration.json');
  if (!existsSync(file)) return undefined;
  const { instanceId } = JSON.parse(readFileSync(file, 'utf8')) as { instanceId?: string };
  return instanceId;
}

function readPid(dir: string): number | undefined {
  if (!existsSync(pidFile(dir))) return undefined;
  const pid = Number(readFileSync(pidFile(dir), 'utf8').trim());
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

function pidFile(dir: string): string {
  return join(dir, 'agent.pid');
}

function logFile(dir: string): string {
  return join(dir, 'agent.log');
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
}
