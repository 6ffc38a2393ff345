// The official clients of both APIs against the composed server: REST-JSON and JSON 1.1.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import {
  BadRequestException,
  CreateGroupCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  GetGroupConfigurationCommand,
  GetGroupQueryCommand,
  GetTagsCommand,
  GroupResourcesCommand,
  ListGroupResourcesCommand,
  ListGroupsCommand,
  NotFoundException,
  paginateListGroupResources,
  paginateListGroups,
  PutGroupConfigurationCommand,
  ResourceGroupsClient,
  TagCommand,
  UntagCommand,
} from '@aws-sdk/client-resource-groups';
import {
  GetTagKeysCommand,
  GetTagValuesCommand,
  InvalidParameterException,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { Simulation } from '@muster/testkit/simulation.ts';

/** The clients sign with the real time. */
const simulation = new Simulation({ seed: 3, now: new Date() });
let groups: ResourceGroupsClient;
let tagging: ResourceGroupsTaggingAPIClient;
let nodeArns: string[] = [];

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The clients' HTTP layer, on the simulation's network. */
const requestHandler = {
  async handle(request: SentRequest) {
    const sent = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? '').toString();
    const query = new URLSearchParams(request.query).toString();
    const path = query === '' ? request.path : `${request.path}?${query}`;
    const answer = await simulation.network.post(path, request.headers, sent, request.method);
    const headers: Record<string, string> = answer.errorType === undefined ? {} : { 'x-amzn-errortype': answer.errorType };
    return { response: { statusCode: answer.status, headers, body: Readable.from([Buffer.from(answer.body)]) } };
  },
  destroy: () => undefined,
};

before(async () => {
  await simulation.start();
  await simulation.enrol(3, [{ Key: 'env', Value: 'prod' }], () => 'silent');
  nodeArns = simulation.nodes
    .map(({ registered }) => `arn:aws:ssm:us-east-1:000000000000:managed-instance/${registered.nodeId}`)
    .toSorted();
  const config = {
    endpoint: 'http://muster.test',
    region: 'us-east-1',
    credentials: simulation.administrator,
    maxAttempts: 1,
    requestHandler,
  };
  groups = new ResourceGroupsClient(config);
  tagging = new ResourceGroupsTaggingAPIClient(config);
});
after(() => simulation.stop());

test('the client of resource-groups makes, fills, pages, tags and deletes groups', async () => {
  const Query = '{"ResourceTypeFilters":["AWS::SSM::ManagedInstance"],"TagFilters":[{"Key":"env","Values":["prod"]}]}';
  const ResourceQuery = { Type: 'TAG_FILTERS_1_0', Query } as const;
  const made = await groups.send(
    new CreateGroupCommand({ Name: 'prod', Description: 'all of it', ResourceQuery, Tags: { a: 'ä' } }),
  );
  const Arn = made.Group?.GroupArn ?? '';
  assert.deepEqual(made.Group, {
    GroupArn: 'arn:aws:resource-groups:us-east-1:000000000000:group/prod',
    Name: 'prod',
    Description: 'all of it',
  });
  assert.deepEqual((await groups.send(new GetGroupQueryCommand({ Group: Arn }))).GroupQuery, {
    GroupName: 'prod',
    ResourceQuery,
  });
  await groups.send(new TagCommand({ Arn, Tags: { 'b/c': '1' } }));
  assert.deepEqual((await groups.send(new GetTagsCommand({ Arn }))).Tags, { a: 'ä', 'b/c': '1' });
  await groups.send(new UntagCommand({ Arn, Keys: ['b/c'] }));

  const Configuration = [{ Type: 'AWS::ResourceGroups::Generic' }];
  await groups.send(new CreateGroupCommand({ Name: 'picked', Configuration }));
  await groups.send(new PutGroupConfigurationCommand({ Group: 'picked', Configuration }));
  const configured = await groups.send(new GetGroupConfigurationCommand({ Group: 'picked' }));
  assert.deepEqual(configured.GroupConfiguration, { Configuration, Status: 'UPDATE_COMPLETE' });
  const filled = await groups.send(new GroupResourcesCommand({ Group: 'picked', ResourceArns: nodeArns.slice(1) }));
  assert.deepEqual(filled.Succeeded, nodeArns.slice(1));

  for (const [Group, expected] of [
    ['prod', nodeArns],
    ['picked', nodeArns.slice(1)],
  ] as const) {
    const found: (string | undefined)[] = [];
    for await (const page of paginateListGroupResources({ client: groups, pageSize: 1 }, { Group }))
      found.push(...(page.ResourceIdentifiers ?? []).map(({ ResourceArn }) => ResourceArn));
    assert.deepEqual(found, expected);
  }
  const listed = await groups.send(new ListGroupResourcesCommand({ Group: 'picked' }));
  assert.deepEqual([listed.QueryErrors, listed.NextToken], [[], undefined]);
  const names: (string | undefined)[] = [];
  for await (const page of paginateListGroups({ client: groups, pageSize: 1 }, {}))
    names.push(...(page.GroupIdentifiers ?? []).map(({ GroupName }) => GroupName));
  assert.deepEqual(names, ['picked', 'prod']);
  assert.equal((await groups.send(new DeleteGroupCommand({ Group: 'picked' }))).Group?.Name, 'picked');
  assert.equal((await groups.send(new ListGroupsCommand({}))).Groups?.length, 1);
});

test('errors become the exception classes of the clients', async () => {
  await assert.rejects(groups.send(new GetGroupCommand({ Group: 'absent' })), (error) => {
    assert.ok(error instanceof NotFoundException);
    assert.deepEqual([error.message, error.$metadata.httpStatusCode], ['Cannot find group: absent', 404]);
    return true;
  });
  await assert.rejects(
    groups.send(new CreateGroupCommand({ Name: 'x', ResourceQuery: { Type: 'CLOUDFORMATION_STACK_1_0', Query: '{}' } })),
    (error) => error instanceof BadRequestException && error.message.startsWith('Query not valid: '),
  );
  await assert.rejects(
    tagging.send(new GetTagKeysCommand({ PaginationToken: 'forged' })),
    (error) => error instanceof InvalidParameterException,
  );
});

test('the client of the tagging API tags resources and finds them, page by page', async () => {
  const tagged = await tagging.send(
    new TagResourcesCommand({ ResourceARNList: [...nodeArns.slice(0, 2), 'arn:aws:s3:::bucket'], Tags: { owner: 'me' } }),
  );
  assert.deepEqual(Object.keys(tagged.FailedResourcesMap ?? {}), ['arn:aws:s3:::bucket']);
  const found: (string | undefined)[] = [];
  const TagFilters = [{ Key: 'owner', Values: ['me'] }];
  for await (const page of paginateGetResources({ client: tagging }, { TagFilters, ResourcesPerPage: 1 }))
    found.push(...(page.ResourceTagMappingList ?? []).map(({ ResourceARN }) => ResourceARN));
  assert.deepEqual(found, nodeArns.slice(0, 2));
  assert.ok((await tagging.send(new GetTagKeysCommand({}))).TagKeys?.includes('owner'));
  assert.deepEqual((await tagging.send(new GetTagValuesCommand({ Key: 'owner' }))).TagValues, ['me']);
  await tagging.send(new UntagResourcesCommand({ ResourceARNList: nodeArns.slice(0, 2), TagKeys: ['owner'] }));
  assert.deepEqual((await tagging.send(new GetTagValuesCommand({ Key: 'owner' }))).TagValues, []);
});
