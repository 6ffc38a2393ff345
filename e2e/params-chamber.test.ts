// The calls that segmentio's chamber makes, replayed with the SDK (chamber itself is not installed): a path for each service, a key for each secret, its
// own KMS alias, the version as the description.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { after, before, test } from 'node:test';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  AddTagsToResourceCommand,
  paginateDescribeParameters,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { RunningServer } from './running-server.ts';

const KEY = 'alias/parameter_store_key';
const SECRETS = 12;
let server: RunningServer;
let ssm: SSMClient;
let kms: KMSClient;

before(async () => {
  server = await RunningServer.start({ command: 'server' });
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.environment;
  const agent = new Agent({ ca: readFileSync(server.caFile, 'utf8') });
  const config = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
  };
  ssm = new SSMClient(config);
  kms = new KMSClient(config);
});
after(async () => {
  ssm.destroy();
  kms.destroy();
  await server[Symbol.asyncDispose]();
});

/** chamber write: it looks up the secret and its description, then puts the next version. */
async function write(service: string, key: string, value: string): Promise<void> {
  const Name = `/${service}/${key}`;
  const { Parameters: found = [] } = await ssm.send(new GetParametersCommand({ Names: [Name], WithDecryption: true }));
  let version = 0;
  if (found.length > 0)
    for await (const { Parameters = [] } of paginateDescribeParameters(
      { client: ssm },
      { ParameterFilters: [{ Key: 'Path', Option: 'OneLevel', Values: [`/${service}`] }] },
    ))
      for (const one of Parameters) if (one.Name === Name) version = Number(one.Description);
  await ssm.send(
    new PutParameterCommand({
      KeyId: KEY,
      Name,
      Type: 'SecureString',
      Value: value,
      Overwrite: true,
      Description: String(version + 1),
    }),
  );
}

/** chamber exec, env and export. */
async function listRaw(service: string, label?: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { Parameters = [] } of paginateGetParametersByPath(
    { client: ssm },
    {
      Path: `/${service}/`,
      WithDecryption: true,
      ...(label === undefined ? {} : { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: [label] }] }),
    },
  ))
    for (const { Name = '', Value = '' } of Parameters) found[Name] = Value;
  return found;
}

test("chamber's calls, replayed: without its key a write is InvalidKeyId, as in AWS", async () => {
  await assert.rejects(write('svc', 'first', 'x'), {
    name: 'InvalidKeyId',
    message: /Alias arn:aws:kms:.*parameter_store_key is not found/,
  });
});

test("chamber's calls, replayed: write, list, exec, history, services, labels, tags, delete", async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: KEY, TargetKeyId: KeyMetadata?.KeyId }));
  for (let at = 0; at < SECRETS; at++) await write('svc', `key_${at}`, `value ${at}`);
  await write('svc', 'key_0', 'rotated');
  await write('other/deep', 'key', 'v');

  const { Parameters: described = [] } = await ssm.send(
    new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Path', Option: 'OneLevel', Values: ['/svc'] }] }),
  );
  assert.equal(described.length, SECRETS, 'one full page');
  const rotated = described.find(({ Name }) => Name === '/svc/key_0');
  assert.partialDeepStrictEqual(rotated, { Description: '2', KeyId: KEY, Type: 'SecureString' });
  assert.match(rotated?.LastModifiedUser ?? '', /^arn:aws:iam::\d{12}:/);

  const values = await listRaw('svc');
  assert.equal(Object.keys(values).length, SECRETS);
  assert.deepEqual([values['/svc/key_0'], values['/svc/key_11']], ['rotated', 'value 11']);

  const history = [];
  for await (const { Parameters = [] } of paginateGetParameterHistory(
    { client: ssm },
    { Name: '/svc/key_0', WithDecryption: false },
  ))
    history.push(...Parameters.map(({ Description }) => Description));
  assert.deepEqual(history, ['1', '2']);

  const services = new Set<string>();
  for await (const { Parameters = [] } of paginateDescribeParameters(
    { client: ssm },
    { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/'] }] },
  ))
    for (const { Name = '' } of Parameters) services.add(Name.split('/').slice(1, -1).join('/'));
  assert.deepEqual([...services].toSorted(), ['other/deep', 'svc']);

  await ssm.send(new LabelParameterVersionCommand({ Name: '/svc/key_0', ParameterVersion: 1, Labels: ['stable'] }));
  assert.deepEqual(await listRaw('svc', 'stable'), { '/svc/key_0': 'value 0' });

  const resource = { ResourceType: 'Parameter', ResourceId: '/svc/key_0' } as const;
  await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'team', Value: 'blue' }] }));
  assert.deepEqual((await ssm.send(new ListTagsForResourceCommand(resource))).TagList, [{ Key: 'team', Value: 'blue' }]);

  await ssm.send(new DeleteParameterCommand({ Name: '/svc/key_11' }));
  assert.equal((await ssm.send(new GetParametersByPathCommand({ Path: '/svc/', WithDecryption: true }))).Parameters?.length, 10);
  assert.equal(Object.keys(await listRaw('svc')).length, SECRETS - 1);
});
