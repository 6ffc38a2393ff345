// The official SDK clients against a front door on a real socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetTagsCommand,
  ListGroupsCommand,
  NotFoundException,
  ResourceGroupsClient,
  TagCommand,
} from '@aws-sdk/client-resource-groups';
import {
  DescribeParametersCommand,
  GetParameterCommand,
  InvalidDocument,
  InvalidResourceId,
  ListTagsForResourceCommand,
  ParameterNotFound,
  SendCommandCommand,
  SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, RegionDisabledException, STSClient } from '@aws-sdk/client-sts';
import { KEY, REGION, startTestServer } from './testdata/test-server.ts';

const config = (endpoint: string) => ({ endpoint, region: REGION, credentials: KEY, maxAttempts: 1 });

test('a call goes through the SDK of ssm and comes back with its types', async () => {
  await using server = await startTestServer();
  const client = new SSMClient(config(server.url));
  const answer = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: ['mi-0123456789abcdef0'],
      Parameters: { commands: ['uname -a'] },
    }),
  );
  assert.deepEqual(answer.Command?.RequestedDateTime, new Date(1795189079328));
  assert.deepEqual(answer.Command?.Parameters, { commands: ['uname -a'] });
  assert.match(answer.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(server.domain.seen[0]?.input, {
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: ['mi-0123456789abcdef0'],
    Parameters: { commands: ['uname -a'] },
  });
  client.destroy();
});

test('errors become the exception classes of the SDK', async () => {
  await using server = await startTestServer();
  const client = new SSMClient(config(server.url));
  await assert.rejects(client.send(new SendCommandCommand({ DocumentName: 'Missing' })), (error) => {
    assert.ok(error instanceof InvalidDocument);
    assert.equal(error.message, 'Document with name Missing does not exist.');
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  await assert.rejects(client.send(new GetParameterCommand({ Name: 'none' })), (error) => error instanceof ParameterNotFound);
  await assert.rejects(
    client.send(new ListTagsForResourceCommand({ ResourceId: 'x', ResourceType: 'Parameter' })),
    (error) => error instanceof InvalidResourceId,
  );
  await assert.rejects(client.send(new SendCommandCommand({ DocumentName: 'a b' })), (error) => {
    assert.ok(error instanceof SSMServiceException);
    assert.equal(error.name, 'ValidationException');
    assert.match(error.message, /^1 validation error detected: Value 'a b' at 'documentName' failed to satisfy constraint: /);
    return true;
  });
  await assert.rejects(client.send(new SendCommandCommand({ DocumentName: 'Forbidden' })), (error) => {
    assert.ok(error instanceof SSMServiceException);
    assert.equal(error.name, 'AccessDeniedException');
    assert.equal(
      error.message,
      'User: arn:aws:iam::123456789012:user/administrator is not authorized to perform: ssm:SendCommand on resource: ' +
        'arn:aws:ssm:us-east-1:123456789012:document/Forbidden because no identity-based policy allows the ssm:SendCommand action',
    );
    return true;
  });
  await assert.rejects(client.send(new DescribeParametersCommand({})), {
    name: 'UnknownOperationException',
    message: /ssm:DescribeParameters/,
  });
  client.destroy();
});

test('a wrong secret, an unknown key and an unknown region are refused with the codes of AWS', async () => {
  await using server = await startTestServer();
  const call = async (change: object) => {
    const client = new SSMClient({ ...config(server.url), ...change });
    await client.send(new GetParameterCommand({ Name: 'a' })).finally(() => client.destroy());
  };
  await assert.rejects(call({ credentials: { ...KEY, secretAccessKey: 'wrong' } }), { name: 'InvalidSignatureException' });
  await assert.rejects(call({ credentials: { ...KEY, accessKeyId: 'AKIDUNKNOWN' } }), { name: 'UnrecognizedClientException' });
  await assert.rejects(call({ region: 'eu-west-1' }), { name: 'InvalidSignatureException', message: /scoped to a valid region/ });
  assert.deepEqual(server.domain.seen, []);
});

test('the Query protocol serves the SDK of sts', async () => {
  await using server = await startTestServer();
  const client = new STSClient(config(server.url));
  const identity = await client.send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Account, '123456789012');
  assert.equal(identity.Arn, 'arn:aws:iam::123456789012:user/administrator');
  assert.match(identity.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  const call = new AssumeRoleCommand({
    RoleArn: 'arn:aws:iam::123456789012:role/x',
    RoleSessionName: 'me',
    DurationSeconds: 900,
    Tags: [
      { Key: 'a', Value: 'ä b+c' },
      { Key: 'c', Value: '' },
    ],
    TransitiveTagKeys: ['a'],
  });
  await assert.rejects(client.send(call), (error) => {
    assert.ok(error instanceof RegionDisabledException);
    assert.equal(error.message, 'This region <is> off.');
    return true;
  });
  assert.deepEqual(server.domain.seen[1]?.input, call.input);
  await assert.rejects(
    client.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/x', RoleSessionName: 'a:b' })),
    {
      name: 'ValidationError',
      message:
        "1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    },
  );
  client.destroy();
});

test('REST-JSON serves the SDK of resource-groups: labels, query and body', async () => {
  await using server = await startTestServer();
  const client = new ResourceGroupsClient(config(server.url));
  const Arn = 'arn:aws:resource-groups:us-east-1:123456789012:group/my-group';
  const tagged = await client.send(new TagCommand({ Arn, Tags: { team: 'ä' } }));
  assert.deepEqual(tagged.Tags, { team: 'ä' });
  assert.deepEqual((await client.send(new GetTagsCommand({ Arn }))).Tags, { team: 'ä' });
  const listed = await client.send(new ListGroupsCommand({ MaxResults: 7, NextToken: 'a+b/c=' }));
  assert.equal(listed.GroupIdentifiers?.[0]?.GroupName, '7/a+b/c=');
  await assert.rejects(client.send(new GetTagsCommand({ Arn: `${Arn}2` })), (error) => {
    assert.ok(error instanceof NotFoundException);
    assert.equal(error.message, 'The group is not there.');
    assert.equal(error.$metadata.httpStatusCode, 404);
    return true;
  });
  client.destroy();
});
