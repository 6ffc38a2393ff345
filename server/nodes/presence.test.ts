// Heartbeats, silence and what a deregistered node leaves, through the operations of nodes, on a real database, with a simulated clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase, quietLog } from '@muster/testkit/database.ts';
import { administrator, anonymous, nodePrincipal, testScope } from '@muster/testkit/request-context.ts';
import type { GetConnectionStatusResponse } from '../platform/api/models/ssm.types.gen.ts';
import { SILENCE_MS } from './index.ts';
import { MINUTE, setUp, code } from './nodes.fixture.ts';

eachDatabase((_kind, open) => {
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
});
