// The nodes domain through its operations, on a real database, with a simulated clock.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, quietLog } from '@muster/testkit/database.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { administrator, anonymous, nodePrincipal, requestContext, scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { TestContextOptions } from '@muster/testkit/request-context.ts';
import type {
  CreateActivationResult,
  DescribeActivationsResult,
  DescribeInstanceInformationResult,
  GetConnectionStatusResponse,
  InstanceInformation,
} from '../platform/api/models/ssm.types.gen.ts';
import type {
  RegisterManagedInstanceResult,
  RequestManagedInstanceRoleTokenResult,
} from '../platform/api/models/agent-ssm.types.gen.ts';
import { createInProcessBus } from '../platform/bus/in-process-bus.ts';
import { systemIds } from '../platform/ids.ts';
import type { NodeId } from '../platform/ids.ts';
import { createOutbox, createOutboxRelay, migrations as outboxMigrations } from '../platform/outbox/index.ts';
import type { OutboxEvent } from '../platform/outbox/outbox.ts';
import { createPageTokens } from '../platform/store/index.ts';
import { createMetrics } from '../platform/telemetry/index.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { createResourceGroups, migrations as resourceGroupMigrations } from '../resource-groups/index.ts';
import { createNodes, migrations, SILENCE_MS } from './index.ts';
import type { CredentialRequest } from './index.ts';

const newKey = (modulusLength = 2048): string =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const KEY = newKey();
const FINGERPRINT = 'dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce';
const MINUTE = 60_000;

async function setUp(open: OpenTestDatabase) {
  const database = await open([tagMigrations, outboxMigrations, resourceGroupMigrations, migrations]);
  const clock = createSimulatedClock();
  clock.holdWhile(databasesAreBusy);
  const tags = createTags();
  const issued: CredentialRequest[] = [];
  const forgotten: string[] = [];
  const outbox = createOutbox({ clock, ids: systemIds });
  const bus = createInProcessBus({ log: quietLog });
  const pageTokens = createPageTokens(Buffer.alloc(32, 1));
  const resourceGroups = createResourceGroups({
    database,
    tags,
    pageTokens,
    resources: {
      Document: () => Promise.resolve(false),
      ManagedInstance: (tx, scope, nodeId) => nodes.exists(tx, scope, nodeId),
    },
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
  const call = async <Output>(name: string, input: object, options: Partial<TestContextOptions> = {}): Promise<Output> => {
    const bound = [...nodes.operations, ...resourceGroups.operations].find((operation) => operation.name === name);
    assert.ok(bound, name);
    const ctx = requestContext({ now: clock.now(), ...options });
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
  /** What the driver does: asks what is due and passes over it. */
  const reconcile = async () => {
    for (const reconciler of nodes.reconcilers)
      for (const key of await reconciler.due(clock.now(), 100)) await reconciler.reconcile(key, clock.now());
  };
  /** The ping statuses that were told of a node, in order. */
  const told = async (nodeId: NodeId): Promise<unknown[]> => {
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
    told,
    outbox,
    forgotten,
    call,
    activate,
    register,
    ping,
    describe,
    reconcile,
    [Symbol.asyncDispose]: dispose,
  };
}

const code = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error);
  assert.equal(error.name, name, error.message);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

eachDatabase((_kind, open) => {
  test('an activation’s code is shown once, its counts and its expiry are', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({
      DefaultInstanceName: 'web',
      RegistrationLimit: 2,
      Description: 'd',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.match(activation.ActivationCode, /^[A-Za-z0-9]{20}$/);
    await domain.register(activation);
    const { ActivationList } = await domain.call<DescribeActivationsResult>('DescribeActivations', {
      Filters: [{ FilterKey: 'DefaultInstanceName', FilterValues: ['web'] }],
    });
    assert.deepEqual(ActivationList, [
      {
        ActivationId: activation.ActivationId,
        Description: 'd',
        DefaultInstanceName: 'web',
        IamRole: 'MusterNode',
        RegistrationLimit: 2,
        RegistrationsCount: 1,
        ExpirationDate: new Date(domain.clock.nowMs() + 24 * 60 * MINUTE),
        Expired: false,
        CreatedDate: domain.clock.now(),
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    ]);
    assert.equal(JSON.stringify(ActivationList).includes(activation.ActivationCode), false);
  });

  test('activations page in order', async () => {
    await using domain = await setUp(open);
    const made = (await Promise.all([1, 2, 3].map(() => domain.activate()))).map(({ ActivationId }) => ActivationId).toSorted();
    const first = await domain.call<DescribeActivationsResult>('DescribeActivations', { MaxResults: 2 });
    const second = await domain.call<DescribeActivationsResult>('DescribeActivations', {
      MaxResults: 2,
      NextToken: first.NextToken,
    });
    assert.deepEqual(
      [...(first.ActivationList ?? []), ...(second.ActivationList ?? [])].map(({ ActivationId }) => ActivationId),
      made,
    );
    assert.equal(second.NextToken, undefined);
  });

  test('an activation needs a role that exists and that the caller may pass, and at most 30 days', async () => {
    await using domain = await setUp(open);
    const text = `^Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::${testScope.account}:role/Nope$`;
    await assert.rejects(domain.activate({ IamRole: 'Nope' }), code('ValidationException', new RegExp(text)));
    await assert.rejects(
      domain.activate({ IamRole: 'arn:aws:iam::123456789012:role/MusterNode' }),
      code('ValidationException', /at 'iamRole'/),
    );
    await assert.rejects(
      domain.call('CreateActivation', { IamRole: 'MusterNode' }, { allowed: () => false }),
      code('AccessDeniedException', /iam:PassRole/),
    );
    for (const aheadMs of [0, 31 * 24 * 60 * MINUTE])
      await assert.rejects(
        domain.activate({ ExpirationDate: new Date(domain.clock.nowMs() + aheadMs) }),
        code('ValidationException', /30 days/),
      );
  });

  test('a machine registers with its code only, before the expiry, within the limit', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({ Tags: [{ Key: 'env', Value: 'prod' }] });
    await assert.rejects(domain.register({ ...activation, ActivationCode: 'x'.repeat(20) }), code('InvalidActivation'));
    await assert.rejects(domain.register({ ...activation, ActivationId: systemIds.uuid() }), code('InvalidActivation'));
    await assert.rejects(domain.register(activation, { PublicKey: 'AAAA' }), code('InvalidPublicKey'));
    await assert.rejects(domain.register(activation, { PublicKey: newKey(1024) }), code('InvalidPublicKey'));
    const results = await Promise.allSettled([domain.register(activation), domain.register(activation)]);
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await assert.rejects(domain.register(activation), code('RegistrationLimitExceeded'));
    const [node] = await domain.describe();
    assert.match(node?.InstanceId ?? '', /^mi-[0-9a-f]{17}$/);
    assert.deepEqual(
      await domain.database.read((tx) => domain.tags.list(tx, testScope, 'ManagedInstance', node?.InstanceId ?? '')),
      [{ Key: 'env', Value: 'prod' }],
    );
    const late = await domain.activate();
    await domain.clock.advance(24 * 60 * MINUTE);
    await assert.rejects(domain.register(late), code('ActivationExpired'));
    await domain.call('DeleteActivation', { ActivationId: late.ActivationId });
    await assert.rejects(domain.register(late), code('InvalidActivation'));
    await assert.rejects(domain.call('DeleteActivation', { ActivationId: late.ActivationId }), code('InvalidActivation'));
  });

  test('a node’s own key buys credentials; another machine’s fingerprint, another key’s signature and a stranger do not', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    const principal = nodePrincipal(nodeId, 'node-key');
    const token = () =>
      domain.call<RequestManagedInstanceRoleTokenResult>(
        'RequestManagedInstanceRoleToken',
        { Fingerprint: FINGERPRINT },
        { principal },
      );
    assert.deepEqual(await token(), {
      AccessKeyId: 'ASIATEST',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      TokenExpirationDate: new Date(domain.clock.nowMs() + 3600_000),
      UpdateKeyPair: false,
    });
    assert.deepEqual(domain.issued, [
      { scope: testScope, nodeId, roleName: 'MusterNode', now: domain.clock.now(), lifetimeSeconds: 3600 },
    ]);
    await assert.rejects(
      domain.call('RequestManagedInstanceRoleToken', { Fingerprint: 'other' }, { principal }),
      code('MachineFingerprintDoesNotMatch'),
    );
    for (const wrong of [nodePrincipal(nodeId), administrator()])
      await assert.rejects(
        domain.call('RequestManagedInstanceRoleToken', { Fingerprint: FINGERPRINT }, { principal: wrong }),
        code('AccessDeniedException'),
      );
    await domain.call('UpdateManagedInstanceRole', { InstanceId: nodeId, IamRole: 'Other' });
    await domain.clock.advance(31 * 24 * 60 * MINUTE);
    assert.equal((await token()).UpdateKeyPair, true);
    assert.equal(domain.issued.at(-1)?.roleName, 'Other');
    await domain.call('DeregisterManagedInstance', { InstanceId: nodeId });
    await assert.rejects(token(), code('InvalidInstanceId'));
  });

  test('after a change of keys the old one stays good for a week', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    const principal = nodePrincipal(nodeId, 'node-key');
    const change = (NewPublicKey: string) =>
      domain.call('UpdateManagedInstancePublicKey', { NewPublicKey, NewPublicKeyType: 'Rsa' }, { principal });
    await assert.rejects(change(KEY), code('PublicKeyAlreadyRegistered'));
    await assert.rejects(change('rubbish'), code('InvalidPublicKey'));
    const second = newKey();
    await change(second);
    const known = async () =>
      (await domain.nodes.keySource.find(nodeId))?.publicKeys.map((key) =>
        key.export({ format: 'der', type: 'spki' }).toString('base64'),
      );
    assert.deepEqual(await known(), [second, KEY]);
    await domain.clock.advance(8 * 24 * 60 * MINUTE);
    assert.deepEqual(await known(), [second]);
    assert.equal((await domain.nodes.keySource.find(nodeId))?.roleName, 'MusterNode');
  });

  test('the first heartbeat makes a node Online, and what was told stays when it is not told again', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate({ DefaultInstanceName: 'n' }));
    assert.equal((await domain.describe())[0]?.PingStatus, 'ConnectionLost');
    await domain.ping(nodeId, {
      ComputerName: 'vm',
      IPAddress: '10.0.0.1',
      PlatformName: 'Debian GNU/Linux',
      PlatformVersion: '12',
      AgentName: 'amazon-ssm-agent',
    });
    await domain.ping(nodeId, { ComputerName: '', IPAddress: '' });
    const [node] = await domain.describe();
    assert.deepEqual(JSON.parse(JSON.stringify(node)), {
      InstanceId: nodeId,
      PingStatus: 'Online',
      LastPingDateTime: domain.clock.now().toISOString(),
      AgentVersion: '3.3.0.0',
      PlatformType: 'Linux',
      PlatformName: 'Debian GNU/Linux',
      PlatformVersion: '12',
      ActivationId: node?.ActivationId,
      IamRole: 'MusterNode',
      RegistrationDate: domain.clock.now().toISOString(),
      ResourceType: 'ManagedInstance',
      Name: 'n',
      IPAddress: '10.0.0.1',
      ComputerName: 'vm',
      SourceId: nodeId,
      SourceType: 'AWS::SSM::ManagedInstance',
    });
  });

  test('a node speaks for itself only', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({ RegistrationLimit: 2 });
    const [one, two] = [await domain.register(activation), await domain.register(activation)];
    for (const name of ['UpdateInstanceInformation', 'ListInstanceAssociations', 'UpdateInstanceAssociationStatus'])
      for (const principal of [nodePrincipal(two), administrator(), anonymous()])
        await assert.rejects(domain.call(name, { InstanceId: one }, { principal }), code('AccessDeniedException'));
    assert.deepEqual(await domain.call('ListInstanceAssociations', { InstanceId: one }, { principal: nodePrincipal(one) }), {
      Associations: [],
    });
    await assert.rejects(
      domain.call('UpdateInstanceAssociationStatus', { InstanceId: one, AssociationId: 'a' }, { principal: nodePrincipal(one) }),
      code('AssociationDoesNotExist'),
    );
  });

  test('a silent node is lost after two heartbeats and a minute, a connected one never, and comes back with a sign of life', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({ RegistrationLimit: 2 });
    const [silent, connected] = [await domain.register(activation), await domain.register(activation)];
    await domain.ping(silent);
    await domain.ping(connected);
    domain.nodes.presenceListener.opened(testScope, connected, 'ssmmessages');
    const status = async () => new Map((await domain.describe()).map((node) => [node.InstanceId, node.PingStatus]));
    await domain.clock.advance(SILENCE_MS - MINUTE);
    await domain.reconcile();
    assert.deepEqual([...(await status()).values()], ['Online', 'Online']);
    await domain.clock.advance(2 * MINUTE);
    await domain.reconcile();
    assert.deepEqual([(await status()).get(silent), (await status()).get(connected)], ['ConnectionLost', 'Online']);
    await domain.clock.advance(2 * 60 * MINUTE);
    await domain.reconcile();
    assert.equal((await status()).get(connected), 'Online');
    await domain.ping(silent);
    await domain.clock.advance(2000);
    assert.equal((await status()).get(silent), 'Online');
    assert.deepEqual(await domain.told(silent), ['Online', 'ConnectionLost', 'Online']);
  });

  test('nobody is lost before one whole period after the start of the server', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    await domain.ping(nodeId);
    await domain.nodes.flushPresence();
    await domain.clock.advance(10 * 60 * MINUTE);
    const { NodePresence } = await import('./presence.ts');
    const { createSilenceReconciler } = await import('./silence.ts');
    await using presence = new NodePresence({ ...domain, log: quietLog });
    const restarted = createSilenceReconciler({ ...domain, presence });
    await domain.clock.advance(SILENCE_MS - 1000);
    assert.deepEqual(await restarted.due(domain.clock.now(), 10), []);
    await domain.clock.advance(1000);
    assert.deepEqual(await restarted.due(domain.clock.now(), 10), ['overdue']);
  });

  test('heartbeats are written together, not one by one', async () => {
    await using domain = await setUp(open);
    const activation = await domain.activate({ RegistrationLimit: 100 });
    const nodes = await Promise.all(Array.from({ length: 20 }, () => domain.register(activation)));
    await Promise.all(nodes.map((nodeId) => domain.ping(nodeId)));
    await domain.nodes.flushPresence();
    let writes = 0;
    const write = domain.database.write.bind(domain.database);
    domain.database.write = (name, work) => {
      writes += 1;
      return write(name, work);
    };
    await domain.clock.advance(MINUTE);
    await Promise.all(nodes.map((nodeId) => domain.ping(nodeId)));
    assert.equal(writes, 0);
    await domain.clock.advance(6000);
    assert.equal(writes, 1);
    assert.equal(new Set((await domain.describe()).map((node) => node.LastPingDateTime?.getTime())).size, 1);
  });

  test('a deregistered node is gone: its tags, its mail, its keys; listeners hear of it; its heartbeat is refused', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate({ Tags: [{ Key: 'a', Value: 'b' }] }));
    await domain.ping(nodeId);
    const heard: string[] = [];
    domain.nodes.directory.onDeregistered((_scope, gone) => heard.push(gone));
    assert.equal(await domain.nodes.isRegistered(testScope, nodeId), true);
    await domain.call('DeregisterManagedInstance', { InstanceId: nodeId });
    await domain.clock.settle();
    assert.deepEqual([heard, domain.forgotten], [[nodeId], [nodeId]]);
    assert.equal(await domain.nodes.isRegistered(testScope, nodeId), false);
    assert.equal(await domain.nodes.keySource.find(nodeId), undefined);
    assert.deepEqual(await domain.describe(), []);
    await assert.rejects(domain.ping(nodeId), code('InvalidInstanceId'));
    await assert.rejects(domain.call('DeregisterManagedInstance', { InstanceId: nodeId }), code('InvalidInstanceId'));
    await assert.rejects(
      domain.call('UpdateManagedInstanceRole', { InstanceId: nodeId, IamRole: 'Other' }),
      code('InvalidInstanceId'),
    );
  });

  test('GetConnectionStatus says whether a channel is open', async () => {
    await using domain = await setUp(open);
    const nodeId = await domain.register(await domain.activate());
    const status = async () => (await domain.call<GetConnectionStatusResponse>('GetConnectionStatus', { Target: nodeId })).Status;
    assert.equal(await status(), 'notconnected');
    domain.nodes.presenceListener.opened(testScope, nodeId, 'ssmmessages');
    domain.nodes.presenceListener.opened(testScope, nodeId, 'ssmmessages');
    domain.nodes.presenceListener.closed(testScope, nodeId, 'ssmmessages');
    assert.equal(await status(), 'connected');
    domain.nodes.presenceListener.closed(testScope, nodeId, 'ssmmessages');
    assert.equal(await status(), 'notconnected');
    assert.equal(domain.nodes.connectedCount(), 0);
  });

  test('the list is filtered, paged in id order, and closed to other scopes', async () => {
    await using domain = await setUp(open);
    const a = await domain.activate({ RegistrationLimit: 10, Tags: [{ Key: 'env', Value: 'prod' }] });
    const b = await domain.activate({ RegistrationLimit: 10, IamRole: 'Other', Tags: [{ Key: 'env', Value: 'test' }] });
    const inA = await Promise.all([1, 2, 3, 4, 5, 6].map(() => domain.register(a)));
    const inB = await Promise.all([1, 2].map(() => domain.register(b)));
    for (const nodeId of inA.slice(0, 5)) await domain.ping(nodeId);
    for (const nodeId of inB) await domain.ping(nodeId, { PlatformType: 'Windows', AgentVersion: '3.2.1.0' });
    const all = [...inA, ...inB].toSorted();
    const named = [...inA.slice(0, 1), ...inB.slice(0, 1)].toSorted();
    const ids = async (...Filters: object[]) => (await domain.describe({ Filters })).map((node) => node.InstanceId);
    const filter = (Key: string, ...Values: string[]) => ({ Key, Values });
    assert.deepEqual(await ids(), all);
    assert.deepEqual(await ids(filter('InstanceIds', ...named, 'mi-00000000000000000')), named);
    assert.deepEqual(await ids(filter('PlatformTypes', 'Windows')), inB.toSorted());
    assert.deepEqual(await ids(filter('PlatformTypes', 'Windows', 'Linux')), [...inA.slice(0, 5), ...inB].toSorted());
    assert.deepEqual(await ids(filter('PingStatus', 'ConnectionLost')), [inA[5]]);
    assert.deepEqual(await ids(filter('ActivationIds', b.ActivationId), filter('AgentVersion', '3.2.1.0')), inB.toSorted());
    assert.deepEqual(await ids(filter('ActivationIds', a.ActivationId), filter('AgentVersion', '3.2.1.0')), []);
    assert.deepEqual(await ids(filter('IamRole', 'Other'), filter('ResourceType', 'ManagedInstance')), inB.toSorted());
    assert.deepEqual(await ids(filter('ResourceType', 'EC2Instance')), []);
    assert.deepEqual(await ids(filter('AssociationStatus', 'Success')), []);
    assert.deepEqual(await ids(filter('tag:env', 'test')), inB.toSorted());
    assert.deepEqual(await ids(filter('tag-key', 'env', 'other')), all);
    assert.deepEqual(
      (await domain.describe({ InstanceInformationFilterList: [{ key: 'PlatformTypes', valueSet: ['Windows'] }] })).length,
      2,
    );
    await assert.rejects(ids(filter('Nope', 'x')), code('InvalidFilterKey'));
    await assert.rejects(ids(filter('PingStatus', 'Gone')), code('InvalidInstanceInformationFilterValue'));
    await assert.rejects(ids(filter('tag:env', 'x'), filter('PingStatus', 'Online')), code('ValidationException'));
    await assert.rejects(
      domain.describe({
        Filters: [filter('IamRole', 'x')],
        InstanceInformationFilterList: [{ key: 'IamRole', valueSet: ['x'] }],
      }),
      code('ValidationException'),
    );
    for (const Filters of [[], [filter('tag:env', 'prod', 'test')], [filter('PingStatus', 'Online', 'ConnectionLost')]]) {
      const first = await domain.call<DescribeInstanceInformationResult>('DescribeInstanceInformation', {
        Filters,
        MaxResults: 5,
      });
      const second = await domain.call<DescribeInstanceInformationResult>('DescribeInstanceInformation', {
        Filters,
        MaxResults: 5,
        NextToken: first.NextToken,
      });
      assert.deepEqual(
        [first, second].flatMap((page) => (page.InstanceInformationList ?? []).map((node) => node.InstanceId)),
        all,
      );
      assert.equal(second.NextToken, undefined);
    }
    const elsewhere = await domain.call<DescribeInstanceInformationResult>(
      'DescribeInstanceInformation',
      {},
      { scope: scopeOf('999999999999', 'us-east-1') },
    );
    assert.deepEqual(elsewhere.InstanceInformationList, []);
  });

  test('the directory pages nodes by targets and looks them up by id', async () => {
    await using domain = await setUp(open);
    const make = async (tags: Record<string, string>) =>
      domain.register(await domain.activate({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
    const web = await make({ env: 'prod', role: 'web' });
    const db = await make({ env: 'prod', role: 'db' });
    const lab = await make({ env: 'lab' });
    await domain.ping(web, { ComputerName: 'w' });
    const page = (targets: { Key: string; Values: string[] }[], after?: NodeId, limit = 50) =>
      domain.database.read(async (tx) =>
        (await domain.nodes.directory.page(tx, testScope, targets, after, limit)).map((node) => node.nodeId),
      );
    const tag = (key: string, ...Values: string[]) => ({ Key: key, Values });
    const prod = [web, db].toSorted();
    assert.deepEqual(await page([tag('tag:env', 'prod')]), prod);
    assert.deepEqual(await page([tag('tag:env', 'prod')], undefined, 1), prod.slice(0, 1));
    assert.deepEqual(await page([tag('tag:env', 'prod')], prod[0]), prod.slice(1));
    assert.deepEqual(await page([tag('tag:env', 'prod', 'lab'), tag('tag:role', 'web')]), [web]);
    assert.deepEqual(await page([tag('tag-key', 'role')]), prod);
    assert.deepEqual(await page([tag('InstanceIds', web, lab, 'mi-00000000000000000')]), [web, lab].toSorted());
    assert.deepEqual(await page([tag('InstanceIds', web, lab), tag('tag:env', 'prod')]), [web]);
    assert.deepEqual(await page([tag('InstanceIds', '*')]), [web, db, lab].toSorted());
    const many = await domain.database.read((tx) => domain.nodes.directory.findMany(tx, testScope, [web, db]));
    assert.deepEqual(
      [many.get(web)?.computerName, many.get(web)?.platformType, many.get(db)?.platformType],
      ['w', 'Linux', undefined],
    );
  });

  test('the directory pages the nodes of resource groups, together with ids, tags and resource types', async () => {
    await using domain = await setUp(open);
    const make = async (...tags: string[]) =>
      domain.register(await domain.activate({ Tags: tags.map((Key) => ({ Key, Value: 'x' })) }));
    const [web, db, lab] = [await make('prod', 'web'), await make('prod'), await make('web')];
    const prod = { Type: 'TAG_FILTERS_1_0', Query: '{"TagFilters":[{"Key":"prod","Values":["x"]}]}' };
    await domain.call('CreateGroup', { Name: 'prod', ResourceQuery: prod });
    await domain.call('CreateGroup', { Name: 'picked', Configuration: [{ Type: 'AWS::ResourceGroups::Generic' }] });
    const arns = [web, lab].map((id) => `arn:aws:ssm:us-east-1:123456789012:managed-instance/${id}`);
    await domain.call('GroupResources', { Group: 'picked', ResourceArns: arns });
    const page = (targets: { Key: string; Values: string[] }[], after?: NodeId, limit = 50) =>
      domain.database.read(async (tx) =>
        (await domain.nodes.directory.page(tx, testScope, targets, after, limit)).map((node) => node.nodeId),
      );
    const target = (Key: string, ...Values: string[]) => ({ Key, Values });
    const types = (...values: string[]) => target('resource-groups:ResourceTypeFilters', ...values);
    for (const [name, members] of [
      ['prod', [web, db]],
      ['picked', [web, lab]],
    ] as const) {
      const group = target('resource-groups:Name', name);
      const sorted = members.toSorted();
      assert.deepEqual(await page([group]), sorted);
      assert.deepEqual(await page([group], undefined, 1), sorted.slice(0, 1));
      assert.deepEqual(await page([group], sorted[0]), sorted.slice(1));
      assert.deepEqual(await page([group, types('AWS::SSM::ManagedInstance', 'AWS::S3::Bucket')]), sorted);
      assert.deepEqual(await page([group, types('AWS::EC2::INSTANCE')]), []);
      assert.deepEqual(await page([group, target('InstanceIds', db, lab)]), [members[1]]);
      assert.deepEqual(await page([group, target('tag-key', 'prod'), target('tag-key', 'web')]), [web]);
    }
    assert.deepEqual(await page([target('resource-groups:Name', 'absent')]), []);
    await assert.rejects(page([target('resource-groups:Name', 'prod', 'picked')]), code('ValidationException'));
    await assert.rejects(page([types('AWS::EC2::Instance')]), code('ValidationException'));
    await domain.call('DeregisterManagedInstance', { InstanceId: web });
    assert.deepEqual(await page([target('resource-groups:Name', 'picked')]), [lab]);
    assert.deepEqual(await page([target('resource-groups:Name', 'prod')]), [db]);
  });
});
