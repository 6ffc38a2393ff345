// CloudTrail through the official client against the composed server: a trail with its bucket and log group from its making to its end, and calls
// found again.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import { addServiceRole, addUser } from '@muster/testkit/people.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { openDoor, type SimulationDoor } from '@muster/testkit/simulation-door.ts';
import { filesAreWritten } from './audit-calls.fixture.ts';
import { folderBuckets, folderLogGroups } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-cloudtrail-'));
const ACCOUNT = '000000000000';
const groupArn = (name: string, region = 'us-east-1') => `arn:aws:logs:${region}:${ACCOUNT}:log-group:${name}:*`;
/** The client signs with the real time. */
const simulation = new Simulation({
  seed: 12,
  now: new Date(),
  ports: {
    trailBuckets: folderBuckets(new Map([['audit-logs', join(folder, 'bucket')]])),
    trailLogGroups: folderLogGroups(
      new Map([
        ['/muster/audit', join(folder, 'group')],
        ['unwritable', join(folder, 'file', 'group')],
      ]),
    ),
  },
});
simulation.clock.holdWhile(filesAreWritten);
let door: SimulationDoor;
let client: cloudtrail.CloudTrailClient;
let role: string;

before(async () => {
  writeFileSync(join(folder, 'file'), '');
  await simulation.start();
  door = await openDoor(simulation);
  client = clientAs(simulation.administrator);
  role = await addServiceRole(simulation, 'trail-logs', 'cloudtrail.amazonaws.com');
});
after(async () => {
  client.destroy();
  await door[Symbol.asyncDispose]();
  await simulation.stop();
  rmSync(folder, { recursive: true });
});

function clientAs(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  return new cloudtrail.CloudTrailClient({ endpoint: door.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return 'allowed';
}

const linesOf = (region: string) =>
  globSync(`group/${ACCOUNT}_CloudTrail_${region}/*.jsonl`, { cwd: folder })
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a trail delivers to a log group what it delivers to its bucket, an event a line', async () => {
  const trail = { Name: 'all', S3BucketName: 'audit-logs', IsMultiRegionTrail: true, EnableLogFileValidation: true };
  const made = await client.send(
    new cloudtrail.CreateTrailCommand({
      ...trail,
      CloudWatchLogsLogGroupArn: groupArn('/muster/audit'),
      CloudWatchLogsRoleArn: role,
      TagsList: [{ Key: 'team', Value: 'ops' }],
    }),
  );
  assert.deepEqual(
    [made.CloudWatchLogsLogGroupArn, made.CloudWatchLogsRoleArn, made.LogFileValidationEnabled],
    [groupArn('/muster/audit'), role, true],
  );
  await simulation.clock.advance(3000);
  await client.send(new cloudtrail.StartLoggingCommand({ Name: 'all' }));
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'one' });
  await simulation.clock.advance(70_000);
  const names = linesOf('us-east-1').map(({ eventName }) => eventName);
  assert.deepEqual(names, ['StartLogging', 'CreateActivation']);
  const status = await client.send(new cloudtrail.GetTrailStatusCommand({ Name: 'all' }));
  assert.equal(status.IsLogging, true);
  assert.ok(status.LatestCloudWatchLogsDeliveryTime instanceof Date && status.LatestDeliveryTime instanceof Date);
  assert.equal(status.LatestCloudWatchLogsDeliveryError, undefined);

  // Without its group for a while: what was recorded then is in the bucket alone.
  await client.send(new cloudtrail.UpdateTrailCommand({ Name: 'all', CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }));
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'two' });
  await simulation.clock.advance(70_000);
  const described = await client.send(new cloudtrail.DescribeTrailsCommand({ trailNameList: ['all'] }));
  assert.equal(described.trailList?.[0]?.CloudWatchLogsLogGroupArn, undefined);
  await client.send(
    new cloudtrail.UpdateTrailCommand({
      Name: 'all',
      CloudWatchLogsLogGroupArn: groupArn('/muster/audit'),
      CloudWatchLogsRoleArn: role,
    }),
  );
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'three' });
  await simulation.clock.advance(70_000);
  const texts = linesOf('us-east-1').map(
    ({ requestParameters }) => (requestParameters as Record<string, unknown>)['description'],
  );
  assert.deepEqual(texts.filter(Boolean), ['one', 'three']);
});

test('a log group and its role are checked as AWS checks them', async () => {
  const stranger = await addServiceRole(simulation, 'other', 'ssm.amazonaws.com');
  const ask = (CloudWatchLogsLogGroupArn?: string, CloudWatchLogsRoleArn?: string) =>
    refusal(
      client.send(
        new cloudtrail.CreateTrailCommand({
          Name: 'two',
          S3BucketName: 'audit-logs',
          CloudWatchLogsLogGroupArn,
          CloudWatchLogsRoleArn,
        }),
      ),
    );
  const group = groupArn('/muster/audit');
  assert.equal(await ask(group), 'InvalidCloudWatchLogsRoleArnException: You must specify a role ARN as well as a log group.');
  assert.match(await ask(undefined, role), /^InvalidCloudWatchLogsLogGroupArnException: You must specify a log group ARN/);
  for (const wrong of [group.slice(0, -2), groupArn('absent'), groupArn('/muster/audit', 'eu-west-1'), 'x'])
    assert.match(
      await ask(wrong, role),
      /^InvalidCloudWatchLogsLogGroupArnException: CloudTrail cannot validate the specified log group ARN\./,
      wrong,
    );
  for (const wrong of [stranger, role.replace('trail-logs', 'absent'), role.replace(ACCOUNT, '111111111111'), 'x'])
    assert.equal(
      await ask(group, wrong),
      'InvalidCloudWatchLogsRoleArnException: Access denied. Check the trust relationships for your role.',
      wrong,
    );
  assert.match(await ask(groupArn('unwritable'), role), /^CloudWatchLogsDeliveryUnavailableException: Cannot set/);
});

test('who gives a trail a role has to be allowed to pass it', async () => {
  const policy = (Action: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['cloudtrail:*', Action], Resource: '*' }] });
  const ask = async (name: string, action: string) => {
    const theirs = clientAs(await addUser(simulation, name, policy(action)));
    const input = { Name: `of-${name}`, S3BucketName: 'audit-logs', CloudWatchLogsLogGroupArn: groupArn('/muster/audit') };
    return refusal(theirs.send(new cloudtrail.CreateTrailCommand({ ...input, CloudWatchLogsRoleArn: role })));
  };
  assert.match(await ask('ann', 'iam:GetRole'), /^AccessDenied.*not authorized to perform: iam:PassRole on resource: /);
  assert.equal(await ask('ben', 'iam:PassRole'), 'allowed');
});

test('calls are looked up, selectors and tags read and written, a trail deleted', async () => {
  await simulation.clock.advance(3000);
  const found = await client.send(
    new cloudtrail.LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateActivation' }],
      MaxResults: 1,
    }),
  );
  assert.equal(found.Events?.[0]?.Username, 'administrator');
  assert.ok(found.Events[0].EventTime instanceof Date);
  assert.ok(found.NextToken !== undefined);
  const arn = `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/all`;
  await client.send(
    new cloudtrail.PutEventSelectorsCommand({ TrailName: 'all', EventSelectors: [{ ReadWriteType: 'WriteOnly' }] }),
  );
  const selectors = await client.send(new cloudtrail.GetEventSelectorsCommand({ TrailName: arn }));
  assert.equal(selectors.EventSelectors?.[0]?.ReadWriteType, 'WriteOnly');
  const tags = await client.send(new cloudtrail.ListTagsCommand({ ResourceIdList: [arn] }));
  assert.deepEqual(tags.ResourceTagList?.[0]?.TagsList, [{ Key: 'team', Value: 'ops' }]);
  assert.deepEqual((await client.send(new cloudtrail.ListPublicKeysCommand({}))).PublicKeyList, []);
  await client.send(new cloudtrail.StopLoggingCommand({ Name: 'all' }));
  await client.send(new cloudtrail.DeleteTrailCommand({ Name: 'all' }));
  assert.match(
    await refusal(client.send(new cloudtrail.GetTrailCommand({ Name: 'all' }))),
    /^TrailNotFoundException: Unknown trail: /,
  );
});
