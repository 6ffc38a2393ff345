// Parameters and KMS keys in groups and in the tagging API, on the composed server: listed, searched, grouped, tagged, and who may.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';

const simulation = new Simulation({ seed: 15 });
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
type Input = Readonly<Record<string, unknown>>;
interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const parameterArn = (key: string): string => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${key}`;
let keyArn = '';

before(async () => {
  await simulation.start();
  const made = await ok('kms', 'CreateKey', { Tags: [{ TagKey: 'team', TagValue: 'blue' }] });
  keyArn = String((made['KeyMetadata'] as Input)['Arn']);
  for (const name of ['/blue/a', '/blue/b', 'blue-c'])
    await ok('ssm', 'PutParameter', { Name: name, Value: 'v', Type: 'String', Tags: [{ Key: 'team', Value: 'blue' }] });
  await ok('ssm', 'PutParameter', { Name: '/red/a', Value: 'v', Type: 'String', Tags: [{ Key: 'team', Value: 'red' }] });
  await ok('ssm', 'PutParameter', { Name: '/untagged', Value: 'v', Type: 'String' });
});
after(() => simulation.stop());

async function call(service: string, operation: string, input: Input, credentials: Key = simulation.administrator) {
  const caller = { transport: simulation.network, region: REGION, now: simulation.clock.now(), credentials };
  return callOperation(caller, service, operation, input);
}
async function ok(service: string, operation: string, input: Input, credentials?: Key): Promise<Input> {
  const { status, body } = await call(service, operation, input, credentials);
  assert.equal(status, 200, `${operation}: ${body}`);
  return body.startsWith('{') ? (JSON.parse(body) as Input) : {};
}
const tagging = (operation: string, input: Input, credentials?: Key) =>
  ok('resourcegroupstaggingapi', operation, input, credentials);
async function resources(input: Input): Promise<string[]> {
  const found: string[] = [];
  for (let PaginationToken = ''; ;) {
    const page = await tagging('GetResources', { ...input, PaginationToken });
    found.push(...(page['ResourceTagMappingList'] as { ResourceARN: string }[]).map(({ ResourceARN }) => ResourceARN));
    PaginationToken = String(page['PaginationToken']);
    if (PaginationToken === '') return found;
  }
}
const BLUE = () => [parameterArn('blue-c'), parameterArn('blue/a'), parameterArn('blue/b')];

test('GetResources finds them by tag, by type and in pages, and nothing that has no tag', async () => {
  const TagFilters = [{ Key: 'team', Values: ['blue'] }];
  assert.deepEqual(await resources({ TagFilters }), [keyArn, ...BLUE()]);
  assert.deepEqual(await resources({ TagFilters, ResourcesPerPage: 1 }), [keyArn, ...BLUE()]);
  assert.deepEqual(await resources({ ResourceTypeFilters: ['ssm:parameter'], ResourcesPerPage: 2 }), [
    ...BLUE(),
    parameterArn('red/a'),
  ]);
  assert.deepEqual(await resources({ ResourceTypeFilters: ['kms'] }), [keyArn]);
  const { ResourceTagMappingList } = await tagging('GetResources', {
    ResourceARNList: [parameterArn('red/a'), parameterArn('untagged')],
  });
  assert.deepEqual(ResourceTagMappingList, [{ ResourceARN: parameterArn('red/a'), Tags: [{ Key: 'team', Value: 'red' }] }]);
  assert.deepEqual((await tagging('GetTagKeys', {}))['TagKeys'], ['team']);
  assert.deepEqual((await tagging('GetTagValues', { Key: 'team' }))['TagValues'], ['blue', 'red']);
});

test('a page may end with the longest name that there is', async () => {
  const key = `long/${'x'.repeat(1011 - parameterArn('long/').length)}`;
  await ok('ssm', 'PutParameter', { Name: `/${key}`, Value: 'v', Type: 'String', Tags: [{ Key: 'long', Value: '1' }] });
  await ok('ssm', 'PutParameter', { Name: '/longer', Value: 'v', Type: 'String', Tags: [{ Key: 'long', Value: '1' }] });
  assert.deepEqual(await resources({ TagFilters: [{ Key: 'long' }], ResourcesPerPage: 1 }), [
    parameterArn(key),
    parameterArn('longer'),
  ]);
  await ok('ssm', 'DeleteParameters', { Names: [`/${key}`, '/longer'] });
  assert.deepEqual(await resources({ TagFilters: [{ Key: 'long' }] }), []);
});

test('a query finds them, and a group has them as members', async () => {
  const Query = '{"ResourceTypeFilters":["AWS::SSM::Parameter","AWS::KMS::Key"],"TagFilters":[{"Key":"team","Values":["blue"]}]}';
  const ResourceQuery = { Type: 'TAG_FILTERS_1_0', Query };
  const identifiers = (answer: Input) =>
    (answer['ResourceIdentifiers'] as { ResourceArn: string; ResourceType: string }[]).map(
      ({ ResourceArn, ResourceType }) => `${ResourceType} ${ResourceArn}`,
    );
  const all = [`AWS::KMS::Key ${keyArn}`, ...BLUE().map((arn) => `AWS::SSM::Parameter ${arn}`)];
  assert.deepEqual(identifiers(await ok('resource-groups', 'SearchResources', { ResourceQuery })), all);
  await ok('resource-groups', 'CreateGroup', { Name: 'blue', ResourceQuery });
  assert.deepEqual(identifiers(await ok('resource-groups', 'ListGroupResources', { Group: 'blue' })), all);
  const Filters = [{ Name: 'resource-type', Values: ['AWS::KMS::Key'] }];
  assert.deepEqual(identifiers(await ok('resource-groups', 'ListGroupResources', { Group: 'blue', Filters })), all.slice(0, 1));

  await ok('resource-groups', 'CreateGroup', { Name: 'named', Configuration: [{ Type: 'AWS::ResourceGroups::Generic' }] });
  const gone = parameterArn('not/there');
  const ResourceArns = [keyArn, parameterArn('untagged'), gone];
  const taken = await ok('resource-groups', 'GroupResources', { Group: 'named', ResourceArns });
  assert.deepEqual(taken['Succeeded'], [keyArn, parameterArn('untagged')]);
  assert.partialDeepStrictEqual(taken['Failed'], [{ ResourceArn: gone, ErrorCode: 'RESOURCE_NOT_FOUND' }]);
  const named = [`AWS::KMS::Key ${keyArn}`, `AWS::SSM::Parameter ${parameterArn('untagged')}`];
  assert.deepEqual(identifiers(await ok('resource-groups', 'ListGroupResources', { Group: 'named' })), named);
  await ok('ssm', 'DeleteParameter', { Name: 'untagged' });
  assert.deepEqual(identifiers(await ok('resource-groups', 'ListGroupResources', { Group: 'named' })), named.slice(0, 1));
});

test('they are tagged and untagged by ARN, each for itself, as by their own services', async () => {
  const unknown = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`;
  const ResourceARNList = [keyArn, parameterArn('red/a'), parameterArn('not/there'), unknown];
  const { FailedResourcesMap } = await tagging('TagResources', { ResourceARNList, Tags: { cost: '7' } });
  assert.deepEqual(Object.keys(FailedResourcesMap as object).toSorted(), [unknown, parameterArn('not/there')].toSorted());
  const { TagList } = await ok('ssm', 'ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/red/a' });
  assert.deepEqual(TagList, [
    { Key: 'cost', Value: '7' },
    { Key: 'team', Value: 'red' },
  ]);
  const { Tags } = await ok('kms', 'ListResourceTags', { KeyId: keyArn });
  assert.deepEqual(Tags, [
    { TagKey: 'cost', TagValue: '7' },
    { TagKey: 'team', TagValue: 'blue' },
  ]);
  const untagged = await tagging('UntagResources', { ResourceARNList: ResourceARNList.slice(0, 2), TagKeys: ['cost'] });
  assert.deepEqual(untagged['FailedResourcesMap'], {});
  assert.deepEqual(await resources({ TagFilters: [{ Key: 'cost' }] }), []);
});

test('a key that waits for its end keeps its tags, and so does one that the server made', async () => {
  const { KeyMetadata: doomed } = await ok('kms', 'CreateKey', {});
  const arn = String((doomed as Input)['Arn']);
  await ok('kms', 'ScheduleKeyDeletion', { KeyId: arn, PendingWindowInDays: 7 });
  await ok('ssm', 'PutParameter', { Name: '/blue/secret', Value: 's', Type: 'SecureString' });
  const { KeyMetadata: own } = await ok('kms', 'DescribeKey', { KeyId: 'alias/aws/ssm' });
  const ownArn = String((own as Input)['Arn']);
  const { FailedResourcesMap } = await tagging('TagResources', { ResourceARNList: [arn, ownArn], Tags: { a: 'b' } });
  const said = FailedResourcesMap as Record<string, { ErrorMessage: string }>;
  assert.match(said[arn]?.ErrorMessage ?? '', /is pending deletion/);
  assert.ok(said[ownArn] !== undefined);
});

test('the tagging API gives nobody what the own service of a resource does not', async () => {
  const user = async (UserName: string, ...Statement: readonly Input[]): Promise<Key> => {
    await ok('iam', 'CreateUser', { UserName });
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await ok('iam', 'PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument });
    const { body } = await call('iam', 'CreateAccessKey', { UserName });
    const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1] ?? '';
    return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
  };
  const all = { Effect: 'Allow', Action: 'tag:*', Resource: '*' };
  const input = { ResourceARNList: [keyArn, parameterArn('blue/a'), parameterArn('not/there')], Tags: { mine: '1' } };
  const failedFor = async (credentials: Key, operation = 'TagResources', asked: Input = input) =>
    Object.keys((await tagging(operation, asked, credentials))['FailedResourcesMap'] as object).length;

  const tagger = await user('tagger', all);
  assert.equal(await failedFor(tagger), 3);
  assert.equal(await failedFor(tagger, 'UntagResources', { ResourceARNList: [parameterArn('blue/a')], TagKeys: ['team'] }), 1);
  assert.deepEqual(await resources({ TagFilters: [{ Key: 'mine' }] }), []);
  const { FailedResourcesMap } = await tagging('TagResources', input, tagger);
  const texts = Object.entries(FailedResourcesMap as Record<string, { ErrorMessage: string }>);
  for (const [arn, { ErrorMessage }] of texts)
    assert.match(ErrorMessage, new RegExp(`^You are not authorized to perform: .* on resource: ${arn}$`));

  const only = { Effect: 'Allow', Action: 'ssm:AddTagsToResource', Resource: parameterArn('blue/*') };
  const parameters = await user('parameters', all, { ...only, Condition: { StringEquals: { 'aws:RequestTag/mine': '1' } } });
  assert.equal(await failedFor(parameters, 'TagResources', { ...input, Tags: { mine: '2' } }), 3);
  assert.equal(await failedFor(parameters), 2);
  assert.deepEqual(await resources({ TagFilters: [{ Key: 'mine' }] }), [parameterArn('blue/a')]);
});
