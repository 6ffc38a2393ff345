// first-start: from SendCommand to the first job that reaches a node, with few and with many targets by tag, all at once: it must not grow with the
// size of the target. The baseline is a command to one node, named by its id, on the same server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstanceInformationCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { connectNodes, firstJobAt, nowSinceEpoch, startFleet } from './fleet.ts';
import { sendToTag, untilSuccess } from './one-command.ts';
import { type BenchServer, startServer } from './server-process.ts';
import { judge, quantile } from './verdict.ts';

export interface FirstStartOptions {
  /** Numbers of targets, ascending. */
  readonly sizes: readonly number[];
  readonly rounds: number;
}

const FIRST_START_MS_MAX = 200;

export async function firstStart({ sizes, rounds }: FirstStartOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const fleet = startFleet();
  try {
    await using server = await startServer(directory);
    let connected = 0;
    for (const [index, size] of sizes.entries()) {
      await connectNodes(server, fleet, { count: size - connected, tags: sizes.slice(index).map(tagOf) });
      connected = size;
    }
    const measure = async (nodes: number, send: () => Promise<string>): Promise<number[]> => {
      const took: number[] = [];
      for (let round = -1; round < rounds; round++) {
        await firstJobAt(fleet);
        const sentAt = nowSinceEpoch();
        await untilSuccess(server.client, await send(), nodes);
        if (round >= 0) took.push((await firstJobAt(fleet)) - sentAt);
      }
      return took;
    };
    const one = await measure(1, await senderToOne(server));
    const list = (values: readonly number[]) => values.map((ms) => ms.toFixed(1)).join(', ');
    process.stdout.write(`first-start, from before SendCommand to the first job at a node, ${rounds} rounds\n`);
    process.stdout.write(`  one node, by id (baseline)   median ${quantile(one, 0.5).toFixed(1)} ms   (${list(one)})\n`);
    const bars = [];
    for (const size of sizes) {
      const took = await measure(size, () => sendToTag(server.client, tagOf(size)));
      process.stdout.write(
        `  ${size} nodes, by tag, 100 %`.padEnd(31) +
          `median ${quantile(took, 0.5).toFixed(1)} ms   ratio ${(quantile(took, 0.5) / quantile(one, 0.5)).toFixed(2)}   (${list(took)})\n`,
      );
      bars.push({
        what: `first start of ${size}, the slowest round`,
        measured: Math.max(...took),
        atMost: FIRST_START_MS_MAX,
        unit: 'ms' as const,
      });
    }
    judge(bars);
  } finally {
    fleet.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}

function tagOf(size: number): string {
  return `among-${size}`;
}

async function senderToOne(server: BenchServer): Promise<() => Promise<string>> {
  const nodes = await server.client.send(new DescribeInstanceInformationCommand({ MaxResults: 5 }));
  const nodeId = nodes.InstanceInformationList?.[0]?.InstanceId ?? '';
  return async () => {
    const sent = await server.client.send(
      new SendCommandCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [nodeId], Parameters: { commands: ['true'] } }),
    );
    return sent.Command?.CommandId ?? '';
  };
}
