// A real server in a process of its own, started as a user starts it, and a signed client for it.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SSMClient } from '@aws-sdk/client-ssm';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
const START_MS_MAX = 60_000;
const LOOK_MS = 50;

export interface BenchServer extends AsyncDisposable {
  readonly directory: string;
  readonly url: string;
  readonly caFile: string;
  readonly pid: number;
  readonly client: SSMClient;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Of several servers of one run, which: each has a port of its own. */
  readonly ordinal?: number;
}

export async function startServer(
  directory: string,
  options: readonly string[] = [],
  { environment = {}, ordinal = 0 }: StartOptions = {},
): Promise<BenchServer> {
  const port = 20_000 + ((process.pid + ordinal) % 20_000);
  // Through the launcher, with the flags that it gives to servers.
  const launcher = join(import.meta.dirname, '../cli/bin.mjs');
  const args = ['server', '--data-dir', directory, '--listen', `127.0.0.1:${port}`, '--log-level', 'warn', ...options];
  // For a profile: BENCH_SERVER_FLAGS="--max-semi-space-size=4 --cpu-prof --cpu-prof-dir=/tmp/profile".
  const flags = (process.env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const server = spawn(process.execPath, [...flags, launcher, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async () => {
    server.kill('SIGTERM');
    await gone;
  };
  try {
    const plain = options.includes('--no-tls');
    const url = `${plain ? 'http' : 'https'}://127.0.0.1:${port}`;
    await waitUntilReady(directory, url, () => server.exitCode !== null);
    const pid = Number(await readFile(join(directory, 'server.pid'), 'utf8'));
    const text = await readFile(join(directory, 'credentials'), 'utf8');
    const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(.+)$`, 'm').exec(text)?.[1] ?? '';
    const credentials = { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
    const caFile = join(directory, 'tls/ca.pem');
    const ca = plain ? '' : await readFile(caFile, 'utf8');
    const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca, keepAlive: true }) });
    const client = new SSMClient({ endpoint: url, region: REGION, credentials, requestHandler });
    return { directory, url, caFile, pid, client, credentials, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitUntilReady(directory: string, url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline) {
    // Made at its first start.
    const ca = url.startsWith('http:') ? '' : await readFile(join(directory, 'tls/ca.pem'), 'utf8').catch(() => undefined);
    if (ca !== undefined && (await isReady(url, ca))) return;
    if (hasEnded()) throw new Error('the server ended while it started');
    await pause(LOOK_MS);
  }
  throw new Error(`the server did not start within ${START_MS_MAX / 1_000} s`);
}

function isReady(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (answer: IncomingMessage) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    };
    const ready = `${url}/readyz`;
    const question = ca === '' ? getPlain(ready, { agent: false }, look) : get(ready, { ca, agent: false }, look);
    question.on('error', () => resolve(false));
  });
}
