// Resource groups and the tagging API through their operations, on a real database; resources exist as the test says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { requestContext, scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { TestContextOptions } from '@muster/testkit/request-context.ts';
import type {
  CreateGroupOutput,
  GetGroupQueryOutput,
  GetTagsOutput,
  GroupResourcesOutput,
  ListGroupResourcesOutput,
  ListGroupsOutput,
  SearchResourcesOutput,
} from '../platform/api/models/resource-groups.types.gen.ts';
import type {
  GetResourcesOutput,
  GetTagKeysOutput,
  GetTagValuesOutput,
  TagResourcesOutput,
} from '../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { createPageTokens } from '../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { createResourceGroups, migrations } from './index.ts';

const NOW = new Date('2027-03-01T10:00:00Z');
const node = (n: number): string => `mi-${String(n).padStart(17, '0')}`;
const CLOUD = 'i-0123456789abcdef0';
const nodeArn = (id: string): string => `arn:aws:ssm:us-east-1:123456789012:managed-instance/${id}`;
const CLOUD_ARN = `arn:aws:ec2:us-east-1:123456789012:instance/${CLOUD}`;
const DOCUMENT_ARN = 'arn:aws:ssm:us-east-1:123456789012:document/Doc';
const groupArn = (name: string): string => `arn:aws:resource-groups:us-east-1:123456789012:group/${name}`;
const query = (filters: object[], ...types: string[]) => ({
  Type: 'TAG_FILTERS_1_0',
  Query: JSON.stringify({ ResourceTypeFilters: types.length === 0 ? ['AWS::AllSupported'] : types, TagFilters: filters }),
});
const GENERIC = [{ Type: 'AWS::ResourceGroups::Generic' }];
const refused =
  (code: string, sentence = /./) =>
  (error: unknown) =>
    error instanceof Error && error.name === code && sentence.test(error.message);

async function setUp(open: OpenTestDatabase) {
  const database = await open([tagMigrations, migrations]);
  const tags = createTags();
  const gone = new Set<string>();
  const domain = createResourceGroups({
    database,
    tags,
    pageTokens: createPageTokens(Buffer.alloc(32, 1)),
    resources: {
      ManagedInstance: (_tx, _scope, id) => Promise.resolve(/^(mi-0{14}|i-)/.test(id) && !gone.has(id)),
      Document: (_tx, _scope, id) => Promise.resolve(id === 'Doc'),
      Parameter: (_tx, _scope, id) => Promise.resolve(id === 'a/b'),
      Key: () => Promise.resolve(false),
    },
    taggingRules: {},
  });
  const call = async <Output>(name: string, input: object, options: Partial<TestContextOptions> = {}): Promise<Output> => {
    const bound = domain.operations.find((operation) => operation.name === name);
    assert.ok(bound, name);
    const ctx = requestContext({ now: NOW, ...options });
    const output = await bound.handle(ctx, input);
    if (bound.audit === 'write') assert.equal(ctx.journaled.length, 1, 'a write is journaled exactly once');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
    return output as Output;
  };
  const tag = (kind: string, id: string, own: Record<string, string>) =>
    database.write('test', (tx) =>
      tags.add(
        tx,
        testScope,
        kind,
        id,
        Object.entries(own).map(([Key, Value]) => ({ Key, Value })),
      ),
    );
  /** All pages of a group. */
  const members = async (input: object): Promise<string[]> => {
    const found: string[] = [];
    for (let token: string | undefined; ;) {
      const page: ListGroupResourcesOutput = await call('ListGroupResources', { ...input, NextToken: token });
      found.push(...(page.ResourceIdentifiers ?? []).map((one) => `${one.ResourceType} ${one.ResourceArn}`));
      assert.deepEqual(
        (page.Resources ?? []).map(({ Identifier }) => Identifier),
        page.ResourceIdentifiers,
      );
      assert.match(page.NextToken ?? '', /^[a-zA-Z0-9+/]*={0,2}$/);
      token = page.NextToken;
      if (token === undefined) return found;
    }
  };
  return { ...domain, database, call, tag, members, gone, [Symbol.asyncDispose]: () => database.close() };
}

eachDatabase((_kind, open) => {
  test('a group is made, read, listed with filters and in pages, updated, deleted', async () => {
    await using it = await setUp(open);
    const first = query([{ Key: 'env', Values: ['prod'] }], 'AWS::SSM::ManagedInstance');
    const made = await it.call<CreateGroupOutput>('CreateGroup', { Name: 'web', ResourceQuery: first, Tags: { team: 'blue' } });
    assert.deepEqual(
      { ...made, Group: { ...made.Group } },
      {
        Group: {
          GroupArn: groupArn('web'),
          Name: 'web',
          Description: undefined,
          Criticality: undefined,
          Owner: undefined,
          DisplayName: undefined,
        },
        ResourceQuery: first,
        Tags: { team: 'blue' },
      },
    );
    await it.call('CreateGroup', { Name: 'picked', Configuration: GENERIC, Owner: 'me', Criticality: 3 });
    await it.call('UpdateGroup', { Group: groupArn('web'), Description: 'front', DisplayName: 'Web' });
    await it.call('UpdateGroup', { GroupName: 'web', Description: 'front end' });
    const names = async (input: object) =>
      ((await it.call<ListGroupsOutput>('ListGroups', input)).GroupIdentifiers ?? []).map(({ GroupName }) => GroupName);
    assert.deepEqual(await names({}), ['picked', 'web']);
    const page = await it.call<ListGroupsOutput>('ListGroups', { MaxResults: 1 });
    assert.deepEqual(await names({ NextToken: page.NextToken }), ['web']);
    assert.deepEqual(page.Groups?.[0]?.Criticality, 3);
    for (const [Name, Value, found] of [
      ['resource-type', 'AWS::SSM::ManagedInstance', ['web']],
      ['configuration-type', 'AWS::ResourceGroups::Generic', ['picked']],
      ['owner', 'me', ['picked']],
      ['display-name', 'Web', ['web']],
      ['criticality', '3', ['picked']],
    ] as const)
      assert.deepEqual(await names({ Filters: [{ Name, Values: [Value] }] }), found, Name);
    const second = query([{ Key: 'env' }]);
    await it.call('UpdateGroupQuery', { Group: 'web', ResourceQuery: second });
    assert.deepEqual((await it.call<GetGroupQueryOutput>('GetGroupQuery', { Group: 'web' })).GroupQuery?.ResourceQuery, second);
    await it.call('DeleteGroup', { Group: 'web' });
    await assert.rejects(it.call('GetGroup', { Group: 'web' }), refused('NotFoundException', /^Cannot find group: web$/));
    await it.call('CreateGroup', { Name: 'web', ResourceQuery: first });
    assert.deepEqual((await it.call<GetTagsOutput>('GetTags', { Arn: groupArn('web') })).Tags, {}, 'tags went with the group');
    await assert.rejects(it.call('GetGroup', { Group: 'web' }, { scope: scopeOf('999999999999', 'us-east-1') }), /Cannot find/);
    await assert.rejects(it.call('GetGroup', { Group: groupArn('web').replace('us-east', 'eu-west') }), /Cannot find/);
  });

  test('what a group cannot be is refused with its reason', async () => {
    await using it = await setUp(open);
    const good = query([{ Key: 'a' }]);
    await it.call('CreateGroup', { Name: 'queried', ResourceQuery: good });
    await it.call('CreateGroup', { Name: 'picked', Configuration: GENERIC });
    const bad = (Query: string, Type = 'TAG_FILTERS_1_0') => ({ Name: 'x', ResourceQuery: { Type, Query } });
    const cases: [string, object, RegExp][] = [
      ['CreateGroup', { Name: 'queried', ResourceQuery: good }, /^Cannot create group: group already exists$/],
      ['CreateGroup', { Name: 'AWSome', ResourceQuery: good }, /can't start with aws/],
      ['CreateGroup', { Name: 'x' }, /either a ResourceQuery or a Configuration/],
      ['CreateGroup', { Name: 'x', ResourceQuery: good, Configuration: GENERIC }, /either/],
      ['CreateGroup', { Name: 'x', ResourceQuery: good, Tags: { 'aws:a': '' } }, /aws: prefixed/],
      [
        'CreateGroup',
        bad('{"StackIdentifier":"arn"}', 'CLOUDFORMATION_STACK_1_0'),
        /^Query not valid: .*no CloudFormation stacks/,
      ],
      ['CreateGroup', bad('{'), /^Query not valid: /],
      ['CreateGroup', bad('[]'), /^Query not valid: /],
      ['CreateGroup', bad('{"TagFilters":[{"Key":"a\\u0000"}]}'), /^Query not valid: /],
      ['CreateGroup', bad('{"TagFilters":[{"Key":"a","Values":["\\ud800"]}]}'), /^Query not valid: /],
      ['CreateGroup', bad('{"TagFilters":[{"Values":[]}]}'), /^Query not valid: /],
      ['CreateGroup', bad('{"ResourceTypeFilters":["Node"]}'), /^Query not valid: /],
      ['CreateGroup', { Name: 'x', Configuration: [{ Type: 'AWS::EC2::HostManagement' }] }, /not supported by this server/],
      ['PutGroupConfiguration', { Group: 'queried', Configuration: GENERIC }, /has a query/],
      ['PutGroupConfiguration', { Group: 'picked', Configuration: [...GENERIC, ...GENERIC] }, /once/],
      ['UpdateGroupQuery', { Group: 'picked', ResourceQuery: good }, /has a configuration/],
      ['GetGroupQuery', { Group: 'picked' }, /not a query/],
      ['GetGroupConfiguration', { Group: 'queried' }, /not a configuration/],
      ['GroupResources', { Group: 'queried', ResourceArns: [nodeArn(node(1))] }, /what its query finds/],
      ['GetGroup', {}, /must specify the group/],
      ['ListGroups', { NextToken: 'forged' }, /token is not valid/],
    ];
    for (const [name, input, sentence] of cases)
      await assert.rejects(it.call(name, input), refused('BadRequestException', sentence));
    assert.deepEqual(
      ((await it.call<ListGroupsOutput>('ListGroups', {})).Groups ?? []).map(({ Name }) => Name),
      ['picked', 'queried'],
    );
    for (let n = 2; n < 100; n++) await it.call('CreateGroup', { Name: `g${n}`, ResourceQuery: good });
    await assert.rejects(it.call('CreateGroup', { Name: 'one-more', ResourceQuery: good }), /at most 100/);
  });

  test('a query finds nodes, documents and groups by their tags, in pages', async () => {
    await using it = await setUp(open);
    for (let n = 0; n < 7; n++) await it.tag('ManagedInstance', node(n), { env: n < 4 ? 'prod' : 'test', name: `n${n}` });
    await it.tag('ManagedInstance', CLOUD, { env: 'prod' });
    await it.tag('Document', 'Doc', { env: 'prod' });
    await it.call('CreateGroup', {
      Name: 'all',
      ResourceQuery: query([{ Key: 'env', Values: ['prod'] }]),
      Tags: { env: 'prod' },
    });
    const all = [
      `AWS::SSM::Document ${DOCUMENT_ARN}`,
      `AWS::ResourceGroups::Group ${groupArn('all')}`,
      `AWS::EC2::Instance ${CLOUD_ARN}`,
      ...[0, 1, 2, 3].map((n) => `AWS::SSM::ManagedInstance ${nodeArn(node(n))}`),
    ];
    for (const MaxResults of [1, 2, 3, 7, 50]) assert.deepEqual(await it.members({ Group: 'all', MaxResults }), all);
    const only = (...Values: string[]) =>
      it.members({ Group: 'all', Filters: [{ Name: 'resource-type', Values }], MaxResults: 1 });
    assert.deepEqual(await only('AWS::EC2::Instance', 'AWS::S3::Bucket'), all.slice(2, 3));
    assert.deepEqual(await only('AWS::SSM::ManagedInstance'), all.slice(3));
    const search = async (...input: Parameters<typeof query>) =>
      (
        (await it.call<SearchResourcesOutput>('SearchResources', { ResourceQuery: query(...input) })).ResourceIdentifiers ?? []
      ).map((one) => one.ResourceArn);
    const both = [
      { Key: 'env', Values: ['prod', 'test'] },
      { Key: 'name', Values: ['n3', 'n5'] },
    ];
    assert.deepEqual(await search(both), [nodeArn(node(3)), nodeArn(node(5))]);
    assert.deepEqual(await search([{ Key: 'name', Values: [] }], 'AWS::SSM::ManagedInstance').then((found) => found.length), 7);
    assert.deepEqual(await search([], 'AWS::EC2::Instance', 'AWS::SSM::Document'), [DOCUMENT_ARN, CLOUD_ARN]);
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    await it.tag('ManagedInstance', node(9), Object.fromEntries(six.map((key) => [key, key])));
    assert.deepEqual(await search(six.map((Key) => ({ Key, Values: [Key] }))), [nodeArn(node(9))]);
  });

  test('an explicit group has the members that it was given, each taken or refused for itself', async () => {
    await using it = await setUp(open);
    const Configuration = [
      {
        Type: 'AWS::ResourceGroups::Generic',
        Parameters: [
          { Name: 'allowed-resource-types', Values: ['AWS::SSM::ManagedInstance', 'AWS::EC2::Instance'] },
          { Name: 'deletion-protection', Values: ['UNLESS_EMPTY'] },
        ],
      },
    ];
    await it.call('CreateGroup', { Name: 'picked', Configuration });
    const absent = nodeArn('mi-99999999999999999');
    const change = (name: string, ...ResourceArns: string[]) =>
      it.call<GroupResourcesOutput>(name, { Group: 'picked', ResourceArns });
    const added = await change(
      'GroupResources',
      nodeArn(node(2)),
      nodeArn(node(1)),
      CLOUD_ARN,
      DOCUMENT_ARN,
      absent,
      'arn:aws:s3:::b',
    );
    assert.deepEqual(added.Succeeded, [nodeArn(node(2)), nodeArn(node(1)), CLOUD_ARN]);
    assert.deepEqual(
      added.Failed?.map(({ ErrorCode }) => ErrorCode),
      ['RESOURCE_TYPE_NOT_ALLOWED', 'RESOURCE_NOT_FOUND', 'RESOURCE_TYPE_NOT_SUPPORTED'],
    );
    await change('GroupResources', nodeArn(node(1)));
    const expected = [CLOUD_ARN, nodeArn(node(1)), nodeArn(node(2))];
    const arns = async (input: object = {}) => (await it.members({ Group: 'picked', ...input })).map((one) => one.split(' ')[1]);
    assert.deepEqual(await arns(), expected);
    assert.deepEqual(await arns({ MaxResults: 1 }), expected);
    it.gone.add(node(1));
    assert.deepEqual(await arns({ MaxResults: 1 }), [CLOUD_ARN, nodeArn(node(2))], 'what is gone is no member');
    await assert.rejects(it.call('DeleteGroup', { Group: 'picked' }), refused('BadRequestException', /unless it is empty/));
    const removed = await change('UngroupResources', CLOUD_ARN, nodeArn(node(1)), nodeArn(node(2)), nodeArn(node(3)));
    assert.deepEqual(
      removed.Failed?.map(({ ResourceArn }) => ResourceArn),
      [nodeArn(node(3))],
    );
    await it.call('DeleteGroup', { Group: 'picked' });
  });

  test('groups are tagged: added, overwritten, removed, at most fifty', async () => {
    await using it = await setUp(open);
    await it.call('CreateGroup', { Name: 'g', Configuration: GENERIC });
    const Arn = groupArn('g');
    await it.call('Tag', { Arn, Tags: { a: '1', b: '' } });
    await it.call('Tag', { Arn, Tags: { a: '2' } });
    await it.call('Untag', { Arn, Keys: ['b', 'never', 'b'] });
    const tags = async () => (await it.call<GetTagsOutput>('GetTags', { Arn })).Tags;
    assert.deepEqual(await tags(), { a: '2' });
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, '']));
    await assert.rejects(it.call('Tag', { Arn, Tags: fifty }), refused('BadRequestException', /at most 50/));
    assert.deepEqual(await tags(), { a: '2' });
    await assert.rejects(it.call('Tag', { Arn: groupArn('absent'), Tags: {} }), refused('NotFoundException'));
  });

  test('the tagging API tags, finds and lists keys and values, over every kind of resource', async () => {
    await using it = await setUp(open);
    await it.call('CreateGroup', { Name: 'g', Configuration: GENERIC });
    const arns = [DOCUMENT_ARN, groupArn('g'), CLOUD_ARN, nodeArn(node(1)), nodeArn(node(2))];
    const tagged = await it.call<TagResourcesOutput>('TagResources', {
      ResourceARNList: [...arns, nodeArn('mi-99999999999999999'), 'nonsense'],
      Tags: { env: 'prod', é: 'ü'.repeat(256) },
    });
    assert.deepEqual(
      Object.entries(tagged.FailedResourcesMap ?? {}).map(([arn, info]) => [arn, info.StatusCode, info.ErrorCode]),
      [
        [nodeArn('mi-99999999999999999'), 400, 'InvalidParameterException'],
        ['nonsense', 400, 'InvalidParameterException'],
      ],
    );
    await it.call('TagResources', { ResourceARNList: [nodeArn(node(2))], Tags: { env: 'test' } });
    const find = async (input: object) => {
      const found: string[] = [];
      for (let PaginationToken: string | undefined; PaginationToken !== '';) {
        const more = PaginationToken === undefined ? {} : { PaginationToken };
        const page: GetResourcesOutput = await it.call('GetResources', { ...input, ...more });
        found.push(...(page.ResourceTagMappingList ?? []).map((one) => one.ResourceARN ?? ''));
        PaginationToken = page.PaginationToken ?? '';
      }
      return found;
    };
    assert.deepEqual(await find({ ResourcesPerPage: 2 }), arns);
    assert.deepEqual(await find({ TagsPerPage: 100 }), arns);
    assert.deepEqual(await find({ TagFilters: [{ Key: 'env', Values: ['test'] }] }), arns.slice(4));
    assert.deepEqual(await find({ ResourceTypeFilters: ['ssm'], ResourcesPerPage: 1 }), [DOCUMENT_ARN, ...arns.slice(3)]);
    assert.deepEqual(await find({ ResourceTypeFilters: ['ec2:instance', 'resource-groups:group', 's3'] }), arns.slice(1, 3));
    assert.deepEqual(await find({ ResourceARNList: [CLOUD_ARN, 'nonsense', nodeArn(node(3))] }), [CLOUD_ARN]);
    assert.deepEqual(await it.call<GetTagKeysOutput>('GetTagKeys', {}), { PaginationToken: '', TagKeys: ['env', 'é'] });
    const values = (Key: string, PaginationToken = '') => it.call<GetTagValuesOutput>('GetTagValues', { Key, PaginationToken });
    assert.deepEqual((await values('env')).TagValues, ['prod', 'test']);
    for (let n = 0; n < 150; n++) await it.tag('ManagedInstance', node(n), { n: String(n).padStart(3, '0') });
    const first = await values('n');
    const second = await values('n', first.PaginationToken);
    assert.deepEqual([first.TagValues?.length, second.TagValues?.length, second.PaginationToken], [100, 50, '']);
    assert.equal(new Set([...(first.TagValues ?? []), ...(second.TagValues ?? [])]).size, 150);
    await it.call('UntagResources', { ResourceARNList: arns, TagKeys: ['env', 'é'] });
    assert.deepEqual(await find({ TagFilters: [{ Key: 'env' }] }), []);
    const cases: [string, object, RegExp][] = [
      ['GetResources', { ResourcesPerPage: 101 }, /ResourcesPerPage must be from 1 to 100/],
      ['GetResources', { TagsPerPage: 150 }, /TagsPerPage/],
      ['GetResources', { ResourceARNList: [CLOUD_ARN], ResourcesPerPage: 5 }, /together/],
      ['GetResources', { TagFilters: [{ Values: ['x'] }] }, /Key/],
      ['GetTagKeys', { PaginationToken: 'forged' }, /token is not valid/],
    ];
    for (const [name, input, sentence] of cases)
      await assert.rejects(it.call(name, input), refused('InvalidParameterException', sentence));
  });
});
