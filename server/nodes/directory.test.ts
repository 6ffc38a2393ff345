// Lists of nodes: filters, pages, targets and resource groups, on a real database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { DescribeInstanceInformationResult } from '../platform/api/models/ssm.types.gen.ts';
import type { NodeId } from '../platform/ids.ts';
import { setUp, code } from './nodes.fixture.ts';

eachDatabase((_kind, open) => {
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
