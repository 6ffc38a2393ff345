// The baseline of a fan-out: a bare TLS WebSocket server with as many connections, which exchanges frames of the same sizes.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { told } from './children.ts';
import { BEFORE_MS, fewNodes, type FanOutOptions, type FanOutResult, WARM_UP_ROUNDS } from './fan-out-result.ts';
import { cpuSeconds, residentBytes } from './process-readings.ts';

export async function measureRawEcho(directory: string, options: FanOutOptions): Promise<FanOutResult> {
  const output = `${options.outputBytes}`;
  const server = fork(join(import.meta.dirname, 'raw-echo-server.ts'), [join(directory, 'raw-echo'), output]);
  const { port, caFile } = await told<{ port: number; caFile: string }>(server, 'port');
  const pid = server.pid ?? 0;
  const clients: ChildProcess[] = [];
  const connect = async (count: number) => {
    const client = fork(join(import.meta.dirname, 'raw-echo-client.ts'), [`${port}`, caFile, `${count}`, output]);
    clients.push(client);
    await told<{ connected: true }>(client, 'connected');
  };
  const oneRound = async () => {
    const done = told<{ roundMs: number }>(server, 'roundMs');
    server.send('round');
    return (await done).roundMs;
  };
  try {
    const few = fewNodes(options.nodes);
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
      if (round < 0) continue;
      roundsMs.push(roundMs);
      cpu += cpuSeconds(pid) - cpuBefore;
    }
    await pause(options.idleSeconds * 1_000);
    const bytesPerNode = (residentBytes(pid) - before) / (options.nodes - few);
    return { roundsMs, cpuSecondsPerRound: cpu / options.rounds, bytesPerNode };
  } finally {
    for (const client of clients) client.kill('SIGKILL');
    server.kill('SIGKILL');
  }
}
