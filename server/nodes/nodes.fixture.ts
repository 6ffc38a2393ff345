// The nodes domain on a real database with a simulated clock, and what its tests call it by.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, quietLog } from '@muster/testkit/database.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { anonymous, nodePrincipal, requestContext } from '@muster/testkit/request-context.ts';
import type { TestContextOptions } from '@muster/testkit/request-context.ts';
import { listener } from '@muster/testkit/outbox-sink.ts';
import type { RegisterManagedInstanceResult } from '../platform/api/models/agent-ssm.types.gen.ts';
import type {
  CreateActivationResult,
  DescribeInstanceInformationResult,
  InstanceInformation,
} from '../platform/api/models/ssm.types.gen.ts';
import type { BoundOperation } from '../platform/api/operation.ts';
import { createInProcessBus } from '../platform/bus/in-process-bus.ts';
import { systemIds } from '../platform/ids.ts';
import type { NodeId } from '../platform/ids.ts';
import { createOutbox, createOutboxRelay, migrations as outboxMigrations } from '../platform/outbox/index.ts';
import type { OutboxEvent } from '../platform/outbox/outbox.ts';
import { createPageTokens } from '../platform/store/index.ts';
import type { Database } from '../platform/store/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { createMetrics } from '../platform/telemetry/index.ts';
import { createResourceGroups, migrations as resourceGroupMigrations } from '../resource-groups/index.ts';
import { createNodes, migrations } from './index.ts';
import type { CredentialRequest } from './index.ts';

export const newKey = (modulusLength = 2048): string =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
export const KEY = newKey();
export const FINGERPRINT = 'dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce';
export const MINUTE = 60_000;

export async function setUp(open: OpenTestDatabase) {
  const database = await open([tagMigrations, outboxMigrations, resourceGroupMigrations, migrations]);
  const clock = createSimulatedClock();
  clock.holdWhile(databasesAreBusy);
  const tags = createTags();
  const issued: CredentialRequest[] = [];
  const forgotten: string[] = [];
  const outbox = createOutbox({ clock, ids: systemIds, sinks: [listener] });
  const bus = createInProcessBus({ log: quietLog });
  const pageTokens = createPageTokens(Buffer.alloc(32, 1));
  const resourceGroups = createResourceGroups({
    database,
    tags,
    pageTokens,
    resources: {
      Document: () => Promise.resolve(false),
      Key: () => Promise.resolve(false),
      ManagedInstance: (tx, scope, nodeId) => nodes.exists(tx, scope, nodeId),
      Parameter: () => Promise.resolve(false),
    },
    taggingRules: {},
  });
  const nodes = createNodes({
    database,
    tags,
    groups: resourceGroups.groups,
    clock,
    bus,
    ids: systemIds,
    log: quietLog,
    pageTokens,
    outbox,
    ports: {
      issueCredentials: (request) => {
        issued.push(request);
        return Promise.resolve({
          accessKeyId: 'ASIATEST',
          secretAccessKey: 'secret',
          sessionToken: 'token',
          expiresAt: new Date(request.now.getTime() + request.lifetimeSeconds * 1000),
        });
      },
      roleExists: (_scope, role) => Promise.resolve(role === 'MusterNode' || role === 'Other'),
      forgetMail: (_tx, _scope, nodeId) => Promise.resolve(void forgotten.push(nodeId)),
    },
  });
  const calls = callsOf(() => clock.now(), [...nodes.operations, ...resourceGroups.operations]);
  /** What the driver does: asks what is due and passes over it. */
  const reconcile = async () => {
    for (const reconciler of nodes.reconcilers)
      for (const key of await reconciler.due(clock.now(), 100)) await reconciler.reconcile(key, clock.now());
  };
  const dispose = async () => {
    await nodes[Symbol.asyncDispose]();
    await bus.close();
    await database.close();
  };
  return {
    database,
    clock,
    tags,
    nodes,
    issued,
    told: (nodeId: NodeId) => toldOf(database, clock, nodeId),
    outbox,
    forgotten,
    ...calls,
    reconcile,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The ping statuses that were told of a node, in order. */
async function toldOf(database: Database, clock: Clock, nodeId: NodeId): Promise<unknown[]> {
  const statuses: unknown[] = [];
  const sink = {
    name: 'test',
    deliver: (events: readonly OutboxEvent[]) =>
      Promise.resolve(
        void statuses.push(
          ...events.filter(({ resources }) => resources[0]?.endsWith(nodeId)).map(({ detail }) => detail['ping-status']),
        ),
      ),
  };
  await createOutboxRelay({ database, clock, metrics: createMetrics(), sinks: [sink] }).reconcile('events', clock.now());
  return statuses;
}

/** The operations as callers have them: the administrator's, a machine's that nobody knows yet, a node's own. */
function callsOf(now: () => Date, operations: readonly BoundOperation[]) {
  const call = async <Output>(name: string, input: object, options: Partial<TestContextOptions> = {}): Promise<Output> => {
    const bound = operations.find((operation) => operation.name === name);
    assert.ok(bound, name);
    const ctx = requestContext({ now: now(), ...options });
    const output = await bound.handle(ctx, input);
    if (bound.audit === 'write') assert.equal(ctx.journaled.length, 1, 'a write is journaled exactly once');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
    return output as Output;
  };
  const activate = async (over: object = {}) => {
    const made = await call<CreateActivationResult>('CreateActivation', { IamRole: 'MusterNode', ...over });
    return { ActivationId: made.ActivationId ?? '', ActivationCode: made.ActivationCode ?? '' };
  };
  const register = async (activation: object, over: object = {}) => {
    const input = { ...activation, PublicKey: KEY, PublicKeyType: 'Rsa', Fingerprint: FINGERPRINT, ...over };
    const { InstanceId } = await call<RegisterManagedInstanceResult>('RegisterManagedInstance', input, {
      principal: anonymous(),
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the server says
    return InstanceId as NodeId;
  };
  const ping = (nodeId: NodeId, facts: object = {}) =>
    call(
      'UpdateInstanceInformation',
      { InstanceId: nodeId, AgentVersion: '3.3.0.0', PlatformType: 'Linux', ...facts },
      { principal: nodePrincipal(nodeId) },
    );
  const describe = async (input: object = {}): Promise<readonly InstanceInformation[]> =>
    (await call<DescribeInstanceInformationResult>('DescribeInstanceInformation', input)).InstanceInformationList ?? [];
  return { call, activate, register, ping, describe };
}

export const code = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error);
  assert.equal(error.name, name, error.message);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};
