// fan-out: one command to every node at once. Time from SendCommand until the last Success can be read through the API, beside a raw TLS WebSocket
// echo of the same frames in the same run; CPU and memory of the server.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateActivationCommand, ListCommandsCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent } from 'node:https';
import { MESSAGES_PER_JOB, SCRIPT } from './frames.ts';
import { cpuSeconds, median, residentBytes } from './process-readings.ts';

export interface FanOutOptions {
  readonly nodes: number;
  readonly rounds: number;
  readonly idleSeconds: number;
}

interface Result {
  readonly roundsMs: readonly number[];
  readonly cpuSecondsPerRound: number;
  readonly bytesPerNode: number;
}

const NODES_PER_ACTIVATION = 1_000;
const POLL_MS = 5;
const WARM_UP_ROUNDS = 1;
/** Until what the warm-up left behind is given back. */
const BEFORE_MS = 10_000;

export async function fanOut(options: FanOutOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  try {
    const ours = await measureServer(directory, options);
    const raw = await measureRawEcho(directory, options);
    print(options, ours, raw);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureServer(directory: string, options: FanOutOptions): Promise<Result> {
  const port = 20_000 + (process.pid % 20_000);
  // Started as a user starts it: through the launcher, with the flags that it gives to servers.
  const launcher = join(import.meta.dirname, '../cli/bin.mjs');
  const args = ['server', '--data-dir', directory, '--listen', `127.0.0.1:${port}`, '--log-level', 'warn'];
  const server = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const fleet = fork(join(import.meta.dirname, '../testkit/fleet/fleet-process.ts'));
  try {
    const client = await connectClient(directory, `https://127.0.0.1:${port}`);
    const pid = Number(await readFile(join(directory, 'server.pid'), 'utf8'));
    const few = fewNodes(options);
    await connectNodes(client, fleet, directory, port, few);
    await oneCommand(client, few);
    await pause(BEFORE_MS);
    const before = residentBytes(pid);
    await connectNodes(client, fleet, directory, port, options.nodes - few);

    const roundsMs: number[] = [];
    let cpu = 0;
    for (let round = -WARM_UP_ROUNDS; round < options.rounds; round++) {
      const cpuBefore = cpuSeconds(pid);
      const elapsed = await oneCommand(client, options.nodes);
      if (round >= 0) {
        roundsMs.push(elapsed);
        cpu += cpuSeconds(pid) - cpuBefore;
      }
    }
    await pause(options.idleSeconds * 1_000);
    const bytesPerNode = (residentBytes(pid) - before) / (options.nodes - few);
    return { roundsMs, cpuSecondsPerRound: cpu / options.rounds, bytesPerNode };
  } finally {
    fleet.kill('SIGKILL');
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  }
}

async function connectNodes(
  client: SSMClient,
  fleet: ChildProcess,
  directory: string,
  port: number,
  count: number,
): Promise<void> {
  const activations = [];
  for (let made = 0; made < count; made += NODES_PER_ACTIVATION) {
    const answer = await client.send(
      new CreateActivationCommand({
        IamRole: 'MusterNode',
        RegistrationLimit: NODES_PER_ACTIVATION,
        Tags: [{ Key: 'bench', Value: 'yes' }],
      }),
    );
    activations.push({ id: answer.ActivationId, code: answer.ActivationCode });
  }
  const connected = told(fleet, 'connected');
  const caFile = join(directory, 'tls/ca.pem');
  fleet.send({ url: `https://127.0.0.1:${port}`, caFile, region: 'us-east-1', count, activations, jobMsMax: 0 });
  await connected;
}

/**
 * Memory is counted from a server that a few nodes have warmed up (compiled code, caches), on both sides: what is left is what a node costs,
 * whether there are a thousand or ten thousand of them.
 */
function fewNodes(options: FanOutOptions): number {
  return Math.min(50, Math.floor(options.nodes / 10));
}

/** From SendCommand to the moment when ListCommands reads Success for every node. */
async function oneCommand(client: SSMClient, nodes: number): Promise<number> {
  const startedAt = performance.now();
  const sent = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      Targets: [{ Key: 'tag:bench', Values: ['yes'] }],
      Parameters: { commands: [SCRIPT] },
      MaxConcurrency: '100%',
      MaxErrors: '0',
    }),
  );
  for (;;) {
    const answer = await client.send(new ListCommandsCommand({ CommandId: sent.Command?.CommandId ?? '' }));
    const command = answer.Commands?.[0];
    if (command?.Status === 'Success') {
      if (command.TargetCount !== nodes || command.CompletedCount !== nodes)
        throw new Error(`only ${command.CompletedCount} of ${nodes} nodes ended`);
      return performance.now() - startedAt;
    }
    if (command?.Status !== 'Pending' && command?.Status !== 'InProgress')
      throw new Error(`the command ended ${command?.StatusDetails}`);
    await pause(POLL_MS);
  }
}

async function connectClient(directory: string, endpoint: string): Promise<SSMClient> {
  await waitUntilReady(directory);
  const credentials = await readFile(join(directory, 'credentials'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(.+)$`, 'm').exec(credentials)?.[1] ?? '';
  const ca = await readFile(join(directory, 'tls/ca.pem'), 'utf8');
  return new SSMClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca, keepAlive: true }) }),
  });
}

async function waitUntilReady(directory: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const pid = await readFile(join(directory, 'server.pid'), 'utf8').catch(() => '');
    if (pid.trim() !== '') return;
    await pause(50);
  }
  throw new Error('the server did not start within 30 s');
}

async function measureRawEcho(directory: string, options: FanOutOptions): Promise<Result> {
  const server = fork(join(import.meta.dirname, 'raw-echo-server.ts'), [join(directory, 'raw-echo')]);
  const { port, caFile } = (await told(server, 'port')) as { port: number; caFile: string };
  const pid = server.pid ?? 0;
  const clients: ChildProcess[] = [];
  const connect = async (count: number) => {
    const client = fork(join(import.meta.dirname, 'raw-echo-client.ts'), [`${port}`, caFile, `${count}`]);
    clients.push(client);
    await told(client, 'connected');
  };
  const oneRound = async () => {
    const done = told(server, 'roundMs');
    server.send('round');
    return ((await done) as { roundMs: number }).roundMs;
  };
  try {
    const few = fewNodes(options);
    await connect(few);
    await oneRound();
    await pause(BEFORE_MS);
    const before = residentBytes(pid);
    await connect(options.nodes - few);
    const roundsMs: number[] = [];
    let cpu = 0;
    for (let round = -WARM_UP_ROUNDS; round < options.rounds; round++) {
      const cpuBefore = cpuSeconds(pid);
      const roundMs = await oneRound();
      if (round >= 0) {
        roundsMs.push(roundMs);
        cpu += cpuSeconds(pid) - cpuBefore;
      }
    }
    await pause(options.idleSeconds * 1_000);
    return {
      roundsMs,
      cpuSecondsPerRound: cpu / options.rounds,
      bytesPerNode: (residentBytes(pid) - before) / (options.nodes - few),
    };
  } finally {
    for (const client of clients) client.kill('SIGKILL');
    server.kill('SIGKILL');
  }
}

/** The next message of a child that has this member; a child that dies first is an error. */
function told(child: ChildProcess, member: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const receive = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !(member in message)) return;
      child.off('message', receive);
      resolve(message);
    };
    child.on('message', receive);
    child.once('exit', (code) => reject(new Error(`a child process ended with ${code} before it said '${member}'`)));
  });
}

function print(options: FanOutOptions, ours: Result, raw: Result): void {
  const oursMs = median(ours.roundsMs);
  const rawMs = median(raw.roundsMs);
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
  const lines = [
    `fan-out, ${options.nodes} nodes, median of ${options.rounds} warm rounds (${ours.roundsMs.map((ms) => ms.toFixed(0)).join(', ')} ms; raw ${raw.roundsMs.map((ms) => ms.toFixed(0)).join(', ')} ms)`,
    `  SendCommand to last Success   ${oursMs.toFixed(0)} ms   (${Math.round((options.nodes * MESSAGES_PER_JOB * 1_000) / oursMs)} messages/s)`,
    `  raw TLS WebSocket echo        ${rawMs.toFixed(0)} ms   ratio ${(oursMs / rawMs).toFixed(2)}`,
    `  server CPU per round          ${ours.cpuSecondsPerRound.toFixed(2)} s   raw ${raw.cpuSecondsPerRound.toFixed(2)} s`,
    `  memory per idle node          ${kilobytes(ours.bytesPerNode)}   raw ${kilobytes(raw.bytesPerNode)}   difference ${kilobytes(ours.bytesPerNode - raw.bytesPerNode)}   (${options.idleSeconds} s after a fan-out)`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
