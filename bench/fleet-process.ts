// The simulated nodes of the benchmark, in a process of their own.
import { readFileSync } from 'node:fs';
import { FleetClient, makeFleetKey } from '@muster/testkit/fleet/fleet-connection.ts';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import { SimulatedNode, SUCCEED } from '@muster/testkit/fleet/simulated-node.ts';
import { systemClock } from '@muster/server/platform/time/clock.ts';

interface Order {
  readonly url: string;
  readonly caFile: string;
  readonly region: string;
  readonly count: number;
  readonly activations: readonly { readonly id: string; readonly code: string }[];
}

const PARALLEL = 32;
/** What one activation may register. */
const NODES_PER_ACTIVATION = 1_000;

async function run(order: Order): Promise<void> {
  const client = new FleetClient({
    transport: createSocketTransport(order.url, readFileSync(order.caFile, 'utf8')),
    region: order.region,
    clock: systemClock,
  });
  const key = makeFleetKey();
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < order.count) {
        const activation = order.activations[Math.floor(next++ / NODES_PER_ACTIVATION)];
        if (activation === undefined) throw new Error('too few activations');
        const node = await client.register(activation, key);
        await client.connect(node, new SimulatedNode({ nodeId: node.nodeId, clock: systemClock, script: () => SUCCEED }));
      }
    }),
  );
  client.close();
  process.send?.({ connected: true });
}

process.on('message', (order) => {
  run(order as Order).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
