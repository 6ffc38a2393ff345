// Users, roles and policies as people make them, with the AWS CLI against a server of its own. Needs: aws.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
let server: RunningServer;

before(async () => {
  if (withoutAwsCli === false) server = await RunningServer.start({ command: 'server' });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

const READS_NODES = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ssm:DescribeInstanceInformation', Resource: '*' }],
});

test('a user with a key and one permission may do this and nothing else, until the key is taken away', options, async () => {
  await aws(server, 'iam', 'create-user', '--user-name', 'ann', '--path', '/ops/', '--tags', 'Key=team,Value=blue');
  const policy = ['--policy-name', 'reads', '--policy-document', READS_NODES];
  await aws(server, 'iam', 'put-user-policy', '--user-name', 'ann', ...policy);
  const { AccessKey } = (await aws(server, 'iam', 'create-access-key', '--user-name', 'ann')) as {
    AccessKey: Readonly<Record<string, string>>;
  };
  const environment = {
    ...server.environment,
    AWS_ACCESS_KEY_ID: AccessKey['AccessKeyId'] ?? '',
    AWS_SECRET_ACCESS_KEY: AccessKey['SecretAccessKey'] ?? '',
  };
  const ann = { environment };
  assert.match(String((await aws(ann, 'sts', 'get-caller-identity'))['Arn']), /:user\/ops\/ann$/);
  await aws(ann, 'ssm', 'describe-instance-information');
  assert.match(
    await awsRefusal(ann, 'ssm', 'create-activation', '--iam-role', 'MusterNode'),
    /\(AccessDeniedException\).*user\/ops\/ann is not authorized to perform: ssm:CreateActivation/,
  );
  assert.match(await awsRefusal(ann, 'iam', 'list-users'), /\(AccessDenied\)/);
  // The CLI decodes documents by itself: what it prints is JSON again.
  const got = await aws(server, 'iam', 'get-user-policy', '--user-name', 'ann', '--policy-name', 'reads');
  assert.deepEqual(got['PolicyDocument'], JSON.parse(READS_NODES));
  const key = ['--user-name', 'ann', '--access-key-id', AccessKey['AccessKeyId'] ?? ''];
  await aws(server, 'iam', 'delete-access-key', ...key);
  assert.match(await awsRefusal(ann, 'ssm', 'describe-instance-information'), /\(UnrecognizedClientException\)/);
});

test('lists come whole through the pages of the CLI, and MusterNode is among the roles', options, async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await aws(server, 'iam', 'create-group', '--group-name', name);
  const { Groups } = (await aws(server, 'iam', 'list-groups', '--page-size', '2')) as {
    Groups: readonly { GroupName: string }[];
  };
  assert.deepEqual(
    Groups.map(({ GroupName }) => GroupName),
    names,
  );
  const { Role } = (await aws(server, 'iam', 'get-role', '--role-name', 'MusterNode')) as {
    Role: { AssumeRolePolicyDocument: { Statement: unknown[] } };
  };
  assert.equal(Role.AssumeRolePolicyDocument.Statement.length, 1);
  assert.match(await awsRefusal(server, 'iam', 'delete-role', '--role-name', 'MusterNode'), /\(UnmodifiableEntity\)/);
});
