// Many simulated nodes in a process of their own, ordered over IPC: the benchmarks and the end-to-end tests measure and kill the server without
// them. Registers and connects `count` nodes, says `connected`; nodes whose channel breaks come back as agents do; on `report` it tells how
// often jobs were started, on `first-job` when the first one came.
import { readFileSync } from 'node:fs';
import { systemClock } from '@muster/server/platform/time/clock.ts';
import { FleetClient, makeFleetKey, type RegisteredNode } from './fleet-connection.ts';
import { SimulatedNode, SUCCEED } from './simulated-node.ts';
import { createSocketTransport } from './transport.ts';

export interface FleetOrder {
  readonly url: string;
  readonly caFile: string;
  readonly region: string;
  readonly count: number;
  /** Each registers at most 1,000. */
  readonly activations: readonly { readonly id: string; readonly code: string }[];
  /** Jobs take a random time up to this. */
  readonly jobMsMax: number;
  /** Of stdout, for each job; none: two letters. */
  readonly outputBytes?: number;
}

export interface FleetReport {
  readonly startedJobs: number;
  /** Job ids that were started more than once. */
  readonly startedTwice: readonly string[];
  readonly unacknowledgedReplies: number;
}

const PARALLEL = 32;
const NODES_PER_ACTIVATION = 1_000;
/** As agents: a random pause up to this, then again. */
const RECONNECT_MS_MAX = 2_500;

const nodes: SimulatedNode[] = [];
/** Of the first job since it was last asked for, in milliseconds since the epoch. */
let firstJobAt: number | undefined;

async function run(order: FleetOrder): Promise<void> {
  const transport = createSocketTransport(order.url, readFileSync(order.caFile, 'utf8'));
  const client = new FleetClient({ transport, region: order.region, clock: systemClock });
  const key = makeFleetKey();
  const stdout = order.outputBytes === undefined || order.outputBytes === 0 ? SUCCEED.stdout : outputOf(order.outputBytes);
  const script = () => {
    firstJobAt ??= performance.timeOrigin + performance.now();
    return { ...SUCCEED, stdout, delayMs: Math.floor(Math.random() * order.jobMsMax) };
  };
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < order.count) {
        const activation = order.activations[Math.floor(next++ / NODES_PER_ACTIVATION)];
        if (activation === undefined) throw new Error('too few activations');
        const registered = await client.register(activation, key);
        const node = new SimulatedNode({ nodeId: registered.nodeId, clock: systemClock, script });
        nodes.push(node);
        await connect(client, registered, node);
      }
    }),
  );
  process.send?.({ connected: true });
}

/** Lines as programs print them: numbered, of words, so that they compress as such output does. */
function outputOf(bytes: number): string {
  const lines = [];
  for (let length = 0; length < bytes; length += lines.at(-1)?.length ?? 0)
    lines.push(`${lines.length} checked /etc/service-${(lines.length * 7_919) % 10_007}.conf: unchanged\n`);
  return lines.join('').slice(0, bytes);
}

async function connect(client: FleetClient, registered: RegisteredNode, node: SimulatedNode): Promise<void> {
  await client.connect(registered, node, { closed: () => comeBack(client, registered, node) });
}

function comeBack(client: FleetClient, registered: RegisteredNode, node: SimulatedNode): void {
  setTimeout(() => {
    connect(client, registered, node).catch(() => comeBack(client, registered, node));
  }, Math.random() * RECONNECT_MS_MAX);
}

function report(): FleetReport {
  return {
    startedJobs: nodes.reduce((sum, node) => sum + node.starts.size, 0),
    startedTwice: nodes.flatMap((node) => [...node.starts].filter(([, starts]) => starts > 1).map(([jobId]) => jobId)),
    unacknowledgedReplies: nodes.reduce((sum, node) => sum + node.unacknowledged, 0),
  };
}

process.on('message', (message: FleetOrder | 'report' | 'first-job') => {
  if (message === 'first-job') {
    process.send?.({ firstJobAt: firstJobAt ?? 0 });
    firstJobAt = undefined;
    return;
  }
  if (message === 'report') {
    process.send?.({ report: report() });
    return;
  }
  run(message).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
