// What a node reads of Parameter Store with the credentials that its agent gets: below its own path and those of its resource groups, by a tag
// or by name, and no longer than it is in the group.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';

const simulation = new Simulation({ seed: 12 });
const REGION = 'us-east-1';
type Input = Readonly<Record<string, unknown>>;

before(async () => {
  await simulation.start();
  await simulation.enrol(2, [{ Key: 'Role', Value: 'web' }], () => 'silent');
  await ask('resource-groups', 'CreateGroup', {
    Name: 'web',
    ResourceQuery: {
      Type: 'TAG_FILTERS_1_0',
      Query: '{"ResourceTypeFilters":["AWS::SSM::ManagedInstance"],"TagFilters":[{"Key":"Role","Values":["web"]}]}',
    },
  });
  await ask('resource-groups', 'CreateGroup', { Name: 'picked', Configuration: [{ Type: 'AWS::ResourceGroups::Generic' }] });
  for (const group of ['web', 'picked', 'web2', 'nobody']) {
    await ask('ssm', 'PutParameter', { Name: `/muster/groups/${group}/plain`, Value: `of ${group}`, Type: 'String' });
    await ask('ssm', 'PutParameter', {
      Name: `/muster/groups/${group}/deep/secret`,
      Value: `s of ${group}`,
      Type: 'SecureString',
    });
  }
});
after(() => simulation.stop());

async function ask(service: string, operation: string, input: Input) {
  const caller = { transport: simulation.network, region: REGION, now: simulation.clock.now() };
  const answer = await callOperation({ ...caller, credentials: simulation.administrator }, service, operation, input);
  assert.equal(answer.status, 200, `${operation}: ${answer.body}`);
  return answer;
}

function node(at: number) {
  const registered = simulation.nodes[at]?.registered;
  assert.ok(registered);
  const read = async (operation: string, input: Input, service = 'ssm') => {
    const caller = { transport: simulation.network, region: REGION, now: simulation.clock.now() };
    const { code, body } = await callOperation({ ...caller, credentials: registered.credentials }, service, operation, input);
    return code === '' ? [...body.matchAll(/"Value":"([^"]*)"/g)].map(([, value]) => value).join() : code;
  };
  const get = (Name: string) => read('GetParameter', { Name, WithDecryption: true });
  const below = (Path: string) => read('GetParametersByPath', { Path, Recursive: true, WithDecryption: true });
  return {
    nodeId: registered.nodeId,
    arn: `arn:aws:ssm:${REGION}:000000000000:managed-instance/${registered.nodeId}`,
    read,
    get,
    below,
  };
}
const DENIED = 'AccessDeniedException';

test('a node reads what lies below the path of a group that it is in, secrets through alias/aws/ssm too', async () => {
  const { get, below, read } = node(0);
  assert.equal(await get('/muster/groups/web/plain'), 'of web');
  assert.equal(await get('/muster/groups/web/deep/secret'), 's of web');
  assert.equal(await below('/muster/groups/web'), 's of web,of web');
  assert.equal(await below('/muster/groups/web/'), 's of web,of web');
  assert.equal(await below('/muster/groups/web/deep'), 's of web');
  const both = ['/muster/groups/web/plain', '/muster/groups/web/deep/secret'];
  assert.equal(await read('GetParameters', { Names: both, WithDecryption: true }), 's of web,of web');
});

test('it reads nothing of other groups, whether they are there or not, nor what lies above groups', async () => {
  const { get, below, read } = node(0);
  for (const group of ['picked', 'web2', 'nobody', 'we*', 'WEB', '*'])
    assert.deepEqual(
      [await get(`/muster/groups/${group}/plain`), await below(`/muster/groups/${group}`)],
      [DENIED, DENIED],
      group,
    );
  for (const path of ['/', '/muster', '/muster/groups', '/muster/groups/', '/muster/nodes'])
    assert.equal(await below(path), DENIED, path);
  const mixed = ['/muster/groups/web/plain', '/muster/groups/picked/plain'];
  assert.equal(await read('GetParameters', { Names: mixed }), DENIED);
  const here = { Name: '/muster/groups/web/plain', Value: 'v', Overwrite: true };
  assert.equal(await read('PutParameter', here), DENIED);
  assert.equal(await read('GetParameterHistory', { Name: here.Name }), DENIED);
  assert.equal(await read('WatchParameters', { Path: '/muster/groups/web' }, 'muster'), DENIED);
});

test('below its own path it reads all at once', async () => {
  const { nodeId, below } = node(1);
  await ask('ssm', 'PutParameter', { Name: `/muster/nodes/${nodeId}/a`, Value: 'mine', Type: 'String' });
  assert.equal(await below(`/muster/nodes/${nodeId}`), 'mine');
  assert.equal(await below(`/muster/nodes/${node(0).nodeId}`), DENIED);
});

test('it is in a group as soon as it is named, and out as soon as it is taken out', async () => {
  const { arn, get } = node(0);
  const member = { Group: 'picked', ResourceArns: [arn] };
  assert.equal(await get('/muster/groups/picked/plain'), DENIED);
  await ask('resource-groups', 'GroupResources', member);
  assert.equal(await get('/muster/groups/picked/plain'), 'of picked');
  assert.equal(await node(1).get('/muster/groups/picked/plain'), DENIED);
  await ask('resource-groups', 'UngroupResources', member);
  assert.equal(await get('/muster/groups/picked/plain'), DENIED);
});

test('without its tag it is denied from the next call on', async () => {
  const { nodeId, get, below } = node(1);
  const resource = { ResourceType: 'ManagedInstance', ResourceId: nodeId };
  assert.equal(await get('/muster/groups/web/plain'), 'of web');
  await ask('ssm', 'AddTagsToResource', { ...resource, Tags: [{ Key: 'Role', Value: 'db' }] });
  assert.deepEqual([await get('/muster/groups/web/plain'), await below('/muster/groups/web')], [DENIED, DENIED]);
  await ask('ssm', 'AddTagsToResource', { ...resource, Tags: [{ Key: 'Role', Value: 'web' }] });
  assert.equal(await get('/muster/groups/web/plain'), 'of web');
  await ask('ssm', 'RemoveTagsFromResource', { ...resource, TagKeys: ['Role'] });
  assert.equal(await get('/muster/groups/web/deep/secret'), DENIED);
});

test('a role with a policy of its own may name the key, and no other caller has it', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'ssm:GetParameter',
      Resource: `arn:aws:ssm:*:*:parameter/muster/groups/*`,
      Condition: { StringEquals: { 'muster:NodeGroup': 'web' } },
    },
  });
  await ask('iam', 'CreateUser', { UserName: 'someone' });
  await ask('iam', 'PutUserPolicy', { UserName: 'someone', PolicyName: 'own', PolicyDocument });
  const made = await ask('iam', 'CreateAccessKey', { UserName: 'someone' });
  const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(made.body)?.[1] ?? '';
  const credentials = { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
  const caller = { transport: simulation.network, region: REGION, now: simulation.clock.now(), credentials };
  const answer = await callOperation(caller, 'ssm', 'GetParameter', { Name: '/muster/groups/web/plain' });
  assert.equal(answer.code, DENIED);
});
