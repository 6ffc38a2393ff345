// readers: the fan-out while a thousand parallel readers ask the API from another process, beside the same fan-out without them, on the same
// server in the same run.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { ListCommandInvocationsCommand } from '@aws-sdk/client-ssm';
import { told } from './children.ts';
import { connectNodes, startFleet } from './fleet.ts';
import { sendToTag, untilSuccess } from './one-command.ts';
import { median } from './process-readings.ts';
import { ACCOUNT, type BenchServer, REGION, startServer } from './server-process.ts';
import { judge, quantile } from './verdict.ts';

export interface ReadersOptions {
  readonly nodes: number;
  readonly rounds: number;
  readonly readers: number;
}

const SLOWER_MAX = 2;
/** Until the readers have their connections. */
const SETTLE_MS = 5_000;
const POLL_MS = 5;

interface Report {
  readonly answers: number;
  readonly refused: number;
  readonly dropped: number;
  readonly took: readonly number[];
}

export async function readers(options: ReadersOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const fleet = startFleet();
  const reading = fork(join(import.meta.dirname, 'reader-process.ts'));
  const report = async () => {
    const answer = told<{ report: Report }>(reading, 'report');
    reading.send('report');
    return (await answer).report;
  };
  try {
    await using server = await startServer(directory);
    await connectNodes(server, fleet, { count: options.nodes });
    const alone = await rounds(server, options);
    reading.send(await orderFor(server, options));
    await pause(SETTLE_MS);
    await report();
    const startedAt = performance.now();
    const together = await rounds(server, options);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { answers, refused, dropped, took } = await report();
    const list = (values: readonly number[]) => values.map((ms) => ms.toFixed(0)).join(', ');
    process.stdout.write(
      `readers, ${options.nodes} nodes, median of ${options.rounds} warm rounds\n` +
        `  without readers               ${median(alone).toFixed(0)} ms   (${list(alone)})\n` +
        `  with ${options.readers} parallel readers   ${median(together).toFixed(0)} ms   (${list(together)})\n` +
        `  their answers                 ${(answers / seconds).toFixed(0)} a second, p50 ${quantile(took, 0.5).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms, ${refused} refused, ${dropped} dropped\n`,
    );
    judge([{ what: 'slower with readers', measured: median(together) / median(alone), atMost: SLOWER_MAX, unit: '×' }]);
  } finally {
    reading.kill('SIGKILL');
    fleet.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * From before SendCommand until the command is finished in the store, which is looked at directly: asking the API would measure how long
 * another reader waits among the readers.
 */
async function rounds(server: BenchServer, options: ReadersOptions): Promise<number[]> {
  using store = new DatabaseSync(join(server.directory, 'muster.db'), { readOnly: true });
  const finished = store.prepare(
    'select success, finished_at from run_command_command where account = ? and region = ? and command_id = ?',
  );
  const took: number[] = [];
  for (let round = -1; round < options.rounds; round++) {
    const startedAt = performance.now();
    const commandId = await sendToTag(server.client);
    for (let row = finished.get(ACCOUNT, REGION, commandId); ; row = finished.get(ACCOUNT, REGION, commandId)) {
      if (row?.['success'] === options.nodes && row['finished_at'] !== null) break;
      await pause(POLL_MS);
    }
    if (round >= 0) took.push(performance.now() - startedAt);
  }
  return took;
}

/** They read about a command that has ended. */
async function orderFor(server: BenchServer, options: ReadersOptions): Promise<object> {
  const commandId = await sendToTag(server.client);
  await untilSuccess(server.client, commandId, options.nodes);
  const page = await server.client.send(new ListCommandInvocationsCommand({ CommandId: commandId, MaxResults: 50 }));
  const nodeIds = (page.CommandInvocations ?? []).map((row) => row.InstanceId);
  const { url, caFile, credentials } = server;
  return { url, caFile, region: REGION, credentials, readers: options.readers, commandId, nodeIds };
}
