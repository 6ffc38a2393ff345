// fan-out: one command to every node at once. Time from SendCommand until the last Success can be read through the API, beside a raw TLS WebSocket
// echo of the same frames in the same run; CPU and memory of the server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BEFORE_MS, fewNodes, type FanOutOptions, type FanOutResult, printFanOut, WARM_UP_ROUNDS } from './fan-out-result.ts';
import { connectNodes, startFleet } from './fleet.ts';
import { oneCommand } from './one-command.ts';
import { cpuSeconds, residentBytes } from './process-readings.ts';
import { measureRawEcho } from './raw-echo.ts';
import { startServer } from './server-process.ts';

export async function fanOut(options: FanOutOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  try {
    const ours = await measureServer(directory, options);
    const raw = await measureRawEcho(directory, options);
    printFanOut(options, ours, raw);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureServer(directory: string, options: FanOutOptions): Promise<FanOutResult> {
  const { outputBytes } = options;
  await using server = await startServer(directory);
  const fleet = startFleet();
  try {
    const few = fewNodes(options.nodes);
    await connectNodes(server, fleet, { count: few, outputBytes });
    await oneCommand(server.client, few);
    await pause(BEFORE_MS);
    const before = residentBytes(server.pid);
    await connectNodes(server, fleet, { count: options.nodes - few, outputBytes });

    const roundsMs: number[] = [];
    let cpu = 0;
    for (let round = -WARM_UP_ROUNDS; round < options.rounds; round++) {
      const cpuBefore = cpuSeconds(server.pid);
      const elapsed = await oneCommand(server.client, options.nodes);
      if (round < 0) continue;
      roundsMs.push(elapsed);
      cpu += cpuSeconds(server.pid) - cpuBefore;
    }
    await pause(options.idleSeconds * 1_000);
    const bytesPerNode = (residentBytes(server.pid) - before) / (options.nodes - few);
    return { roundsMs, cpuSecondsPerRound: cpu / options.rounds, bytesPerNode };
  } finally {
    fleet.kill('SIGKILL');
  }
}
