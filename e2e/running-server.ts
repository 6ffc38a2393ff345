// A server started the way the README says, as a process of its own on a data directory of its own. Whatever happens in a test, disposing
// it leaves no process behind: the server, the local agent, and what they started.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

export const LAUNCHER = fileURLToPath(new URL('../cli/bin.mjs', import.meta.url));

/** A first start makes keys and a certificate and, where this machine is enrolled, waits for its agent. */
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;

export interface ServerOptions {
  /** `start` enrols this machine, `server` does not. */
  readonly command: 'start' | 'server';
  readonly args?: readonly string[];
  /** A place that is the caller's, who also removes it. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class RunningServer {
  readonly dataDir: string;
  readonly endpoint: string;
  readonly port: number;
  readonly #options: ServerOptions;
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(dataDir: string, port: number, options: ServerOptions) {
    this.dataDir = dataDir;
    this.port = port;
    this.endpoint = `https://127.0.0.1:${port}`;
    this.#options = options;
  }

  static async start(options: ServerOptions): Promise<RunningServer> {
    const dataDir = options.dataDir ?? join(mkdtempSync(join(tmpdir(), 'muster-e2e-')), 'data');
    const server = new RunningServer(dataDir, await freePort(), options);
    await server.start();
    return server;
  }

  /** What it has printed, on both streams, since the first start. */
  get output(): string {
    return this.#output;
  }

  get caFile(): string {
    return join(this.dataDir, 'tls', 'ca.pem');
  }

  /** Starts it (again) on the same directory and port; resolves when it says that it listens and, for `start`, which node this machine is. */
  async start(): Promise<void> {
    const { command, args = [], env } = this.#options;
    const from = this.#output.length;
    const child = spawnLauncher([command, '--data-dir', this.dataDir, '--listen', `127.0.0.1:${this.port}`, ...args], env);
    this.#process = child;
    const take = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const ready = command === 'start' ? /This machine is (the node mi-|not enrolled)/i : /listens on https/;
    await eventually(`the server says that it is ready (${ready.source})`, START_MS_MAX, () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.#output.slice(from)}`);
      return ready.test(this.#output.slice(from));
    });
  }

  /** The node that this machine is. */
  get localNodeId(): string {
    const nodeId = /This machine is the node (mi-[0-9a-f]{17})/.exec(this.#output)?.[1];
    if (nodeId === undefined) throw new Error(`this machine is not enrolled:\n${this.#output}`);
    return nodeId;
  }

  /** Environment of a program that talks to this server as its administrator. */
  get environment(): Record<string, string> {
    const credentials = readFileSync(join(this.dataDir, 'credentials'), 'utf8');
    const value = (name: string): string => new RegExp(`^${name}\\s*=\\s*(.+)$`, 'm').exec(credentials)?.[1]?.trim() ?? '';
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.dataDir,
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_CA_BUNDLE: this.caFile,
      AWS_ACCESS_KEY_ID: value('aws_access_key_id'),
      AWS_SECRET_ACCESS_KEY: value('aws_secret_access_key'),
      AWS_DEFAULT_REGION: value('region'),
      AWS_MAX_ATTEMPTS: '1',
    };
  }

  /** As a crash of the machine would: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM to the pid in `server.pid`, as an operator does it. Returns the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (child === undefined) return null;
    const ended = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
    child.kill(signal);
    await withLimit(ended, STOP_MS_MAX, () => child.kill('SIGKILL'));
    this.#process = undefined;
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM');
    // After a kill the local agent outlives its server.
    const pidFile = join(this.dataDir, 'local-node', 'agent.pid');
    if (existsSync(pidFile)) killQuietly(Number(readFileSync(pidFile, 'utf8')));
    if (this.#options.dataDir !== undefined) return;
    rmSync(join(this.dataDir, '..'), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A process of the command line, in a process group of its own. */
export function spawnLauncher(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|MUSTER_|NODE_TEST|NODE_OPTIONS)/.test(name));
  return spawn(process.execPath, [LAUNCHER, ...args], {
    env: { ...Object.fromEntries(kept), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

async function withLimit(fact: Promise<unknown>, limitMs: number, otherwise: () => void): Promise<void> {
  const timer = setTimeout(otherwise, limitMs);
  await fact;
  clearTimeout(timer);
}
