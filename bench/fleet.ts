// Simulated nodes for a benchmark, in a process of their own: registered with real activations, tagged, connected over real sockets.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { CreateActivationCommand } from '@aws-sdk/client-ssm';
import { told } from './children.ts';
import { type BenchServer, REGION } from './server-process.ts';

export const FLEET_TAG = 'bench';
const NODES_PER_ACTIVATION = 1_000;

export function startFleet(): ChildProcess {
  return fork(join(import.meta.dirname, '../testkit/fleet/fleet-process.ts'));
}

export interface ConnectOptions {
  readonly count: number;
  /** Beside FLEET_TAG=yes. */
  readonly tags?: readonly string[];
  /** Of stdout, for each job. */
  readonly outputBytes?: number;
}

export async function connectNodes(server: BenchServer, fleet: ChildProcess, options: ConnectOptions): Promise<void> {
  const { count, tags = [], outputBytes = 0 } = options;
  if (count <= 0) return;
  const activations = [];
  for (let made = 0; made < count; made += NODES_PER_ACTIVATION) {
    const answer = await server.client.send(
      new CreateActivationCommand({
        IamRole: 'MusterNode',
        RegistrationLimit: NODES_PER_ACTIVATION,
        Tags: [FLEET_TAG, ...tags].map((Key) => ({ Key, Value: 'yes' })),
      }),
    );
    activations.push({ id: answer.ActivationId ?? '', code: answer.ActivationCode ?? '' });
  }
  const connected = told<{ connected: true }>(fleet, 'connected');
  fleet.send({ url: server.url, caFile: server.caFile, region: REGION, count, activations, jobMsMax: 0, outputBytes });
  await connected;
}

/** When the first job since the last question reached a node, in milliseconds since the epoch. */
export async function firstJobAt(fleet: ChildProcess): Promise<number> {
  const answer = told<{ firstJobAt: number }>(fleet, 'firstJobAt');
  fleet.send('first-job');
  return (await answer).firstJobAt;
}

export function nowSinceEpoch(): number {
  return performance.timeOrigin + performance.now();
}
