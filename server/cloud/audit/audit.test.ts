// CloudTrail's API and the chain's operations against the composed server.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Simulation } from '@muster/testkit/simulation.ts';
import { filesAreWritten } from './audit-calls.fixture.ts';
import { folderBuckets } from './index.ts';

type Json = Readonly<Record<string, unknown>>;

const folder = mkdtempSync(join(tmpdir(), 'muster-trails-'));
const ARN = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/all';
let simulation: Simulation;
let refuseWrites = false;

before(async () => {
  const folders = folderBuckets(new Map([['audit-logs', folder]]));
  const trailBuckets = {
    ...folders,
    put: (...args: Parameters<typeof folders.put>) =>
      refuseWrites ? Promise.reject(new Error('disk full')) : folders.put(...args),
  };
  simulation = new Simulation({ seed: 5, ports: { trailBuckets } });
  simulation.clock.holdWhile(filesAreWritten);
  await simulation.start();
});
after(async () => {
  await simulation.stop();
  rmSync(folder, { recursive: true });
});

async function call(operation: string, input: Json, service = 'cloudtrail'): Promise<Json> {
  const { status, body } = await simulation.callOf(service, operation, input);
  assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
  return body;
}

async function refusal(operation: string, input: Json): Promise<string[]> {
  const { status, body } = await simulation.callOf('cloudtrail', operation, input);
  assert.equal(status, 400, `${operation}: ${JSON.stringify(body)}`);
  return [String(body['__type']).split('#').at(-1) ?? '', String(body['message'] ?? body['Message'])];
}

const eventsOf = async (input: Json): Promise<Json[]> => {
  const found: Json[] = [];
  let NextToken: unknown;
  do {
    const page = await call('LookupEvents', { ...input, ...(NextToken === undefined ? {} : { NextToken }) });
    found.push(...(page['Events'] as Json[]));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found;
};
const by = (AttributeKey: string, AttributeValue: string) => ({ LookupAttributes: [{ AttributeKey, AttributeValue }] });
const namesOf = (events: readonly Json[]) => events.map(({ EventName }) => EventName);

test('a call is found as a CloudTrail event by each attribute, also when it was refused', async () => {
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'first' });
  await simulation.call('DeleteDocument', { Name: 'absent' });
  await simulation.clock.advance(3000);
  const [event] = await eventsOf(by('EventName', 'CreateActivation'));
  assert.ok(event !== undefined);
  const record = JSON.parse(String(event['CloudTrailEvent'])) as Json;
  const accessKeyId = simulation.administrator.accessKeyId;
  assert.deepEqual(
    {
      ...record,
      userIdentity: undefined,
      requestID: undefined,
      userAgent: undefined,
      sourceIPAddress: undefined,
      resources: undefined,
    },
    {
      eventVersion: '1.11',
      userIdentity: undefined,
      eventTime: '2027-01-01T00:00:00Z',
      eventSource: 'ssm.amazonaws.com',
      eventName: 'CreateActivation',
      awsRegion: 'us-east-1',
      sourceIPAddress: undefined,
      userAgent: undefined,
      requestParameters: { iamRole: 'MusterNode', description: 'first' },
      responseElements: null,
      requestID: undefined,
      eventID: event['EventId'],
      readOnly: false,
      resources: undefined,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '000000000000',
      eventCategory: 'Management',
    },
  );
  const who = record['userIdentity'] as Json;
  assert.deepEqual([who['type'], who['userName'], who['accessKeyId']], ['IAMUser', 'administrator', accessKeyId]);
  const [refused] = await eventsOf(by('ResourceName', 'absent'));
  assert.equal((JSON.parse(String(refused?.['CloudTrailEvent'])) as Json)['errorCode'], 'InvalidDocument');

  for (const [key, value] of [
    ['EventId', String(event['EventId'])],
    ['Username', 'administrator'],
    ['AccessKeyId', accessKeyId],
    ['EventSource', 'ssm.amazonaws.com'],
    ['ReadOnly', 'false'],
  ] as const)
    assert.ok(namesOf(await eventsOf(by(key, value))).includes('CreateActivation'), key);
  assert.deepEqual(namesOf(await eventsOf(by('ResourceType', 'AWS::SSM::Document'))), ['DeleteDocument']);
  assert.ok(namesOf(await eventsOf(by('ReadOnly', 'true'))).every((name) => name === 'LookupEvents'));
  assert.deepEqual(await eventsOf(by('EventId', '00000000-0000-0000-0000-000000000000')), []);
});

test('events page newest first, within a range of time', async () => {
  for (let n = 0; n < 12; n++) {
    await simulation.clock.advance(1000);
    await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: `page ${n}` });
  }
  const end = simulation.clock.nowMs() / 1000;
  await simulation.clock.advance(3000);
  const range = { StartTime: end - 5, EndTime: end, MaxResults: 2, ...by('EventName', 'CreateActivation') };
  const found = await eventsOf(range);
  const descriptions = found.map(
    ({ CloudTrailEvent }) => ((JSON.parse(String(CloudTrailEvent)) as Json)['requestParameters'] as Json)['description'],
  );
  assert.deepEqual(
    descriptions,
    [11, 10, 9, 8, 7, 6].map((n) => `page ${n}`),
  );
  assert.deepEqual(
    [(await refusal('LookupEvents', { StartTime: 2, EndTime: 1 }))[0], (await refusal('LookupEvents', { NextToken: 'x' }))[0]],
    ['InvalidTimeRangeException', 'InvalidNextTokenException'],
  );
});

test('a trail delivers what is recorded from its start on, in the layout of AWS, once', async () => {
  const made = await call('CreateTrail', {
    Name: 'all',
    S3BucketName: 'audit-logs',
    S3KeyPrefix: 'site',
    TagsList: [{ Key: 'a', Value: 'b' }],
  });
  assert.equal(made['TrailARN'], ARN);
  assert.equal((await call('GetTrailStatus', { Name: 'all' }))['IsLogging'], false);
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'before' });
  await simulation.clock.advance(2000);
  await call('StartLogging', { Name: ARN });
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'after' });
  await simulation.clock.advance(65_000);
  const delivered = (): { files: string[]; records: Json[] } => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json.gz'))
      .toSorted();
    const records = files.flatMap((name) => {
      const body = JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as { Records: Json[] };
      return body.Records;
    });
    return { files, records };
  };
  const first = delivered();
  assert.match(
    first.files[0] ?? '',
    /^site\/AWSLogs\/000000000000\/CloudTrail\/us-east-1\/2027\/01\/01\/000000000000_CloudTrail_us-east-1_20270101T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  assert.deepEqual(
    first.records.map(({ eventName }) => eventName),
    ['StartLogging', 'CreateActivation'],
  );

  // What cannot be written now is written later.
  refuseWrites = true;
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'late' });
  await simulation.clock.advance(65_000);
  const failing = await call('GetTrailStatus', { Name: 'all' });
  assert.equal(failing['LatestDeliveryError'], 'disk full');
  refuseWrites = false;
  await simulation.clock.advance(65_000);
  assert.equal((await call('GetTrailStatus', { Name: 'all' }))['LatestDeliveryError'], undefined);
  await call('PutEventSelectors', { TrailName: 'all', EventSelectors: [{ ReadWriteType: 'WriteOnly' }] });
  await simulation.call('ListDocuments', {});
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'last' });
  await simulation.clock.advance(65_000);
  const { records } = delivered();
  const ids = records.map(({ eventID }) => eventID);
  assert.equal(new Set(ids).size, ids.length);
  const texts = records.map(({ requestParameters }) => (requestParameters as Json | null)?.['description']).filter(Boolean);
  assert.deepEqual(texts, ['after', 'late', 'last']);
  assert.ok(!records.some(({ eventName }) => eventName === 'ListDocuments'));

  await call('StopLogging', { Name: 'all' });
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'stopped' });
  await simulation.clock.advance(65_000);
  assert.equal(delivered().records.length, records.length);
});

test('trails are described, changed, tagged and deleted', async () => {
  const [described] = (await call('DescribeTrails', {}))['trailList'] as Json[];
  assert.deepEqual(described, {
    Name: 'all',
    S3BucketName: 'audit-logs',
    S3KeyPrefix: 'site',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    TrailARN: ARN,
    LogFileValidationEnabled: false,
    IsOrganizationTrail: false,
    HomeRegion: 'us-east-1',
    HasCustomEventSelectors: true,
    HasInsightSelectors: false,
  });
  assert.deepEqual(await call('DescribeTrails', { trailNameList: ['absent'] }), { trailList: [] });
  await call('UpdateTrail', { Name: 'all', IsMultiRegionTrail: true });
  assert.equal(((await call('GetTrail', { Name: 'all' }))['Trail'] as Json)['IsMultiRegionTrail'], true);
  assert.deepEqual(await call('ListTrails', {}), { Trails: [{ TrailARN: ARN, Name: 'all', HomeRegion: 'us-east-1' }] });
  await call('AddTags', { ResourceId: ARN, TagsList: [{ Key: 'c' }] });
  await call('RemoveTags', { ResourceId: ARN, TagsList: [{ Key: 'a' }] });
  assert.deepEqual(await call('ListTags', { ResourceIdList: [ARN] }), {
    ResourceTagList: [{ ResourceId: ARN, TagsList: [{ Key: 'c', Value: '' }] }],
  });
  assert.deepEqual(
    ((await call('GetEventSelectors', { TrailName: ARN }))['EventSelectors'] as Json[])[0]?.['ReadWriteType'],
    'WriteOnly',
  );
  for (const [operation, input, code] of [
    ['CreateTrail', { Name: 'all', S3BucketName: 'audit-logs' }, 'TrailAlreadyExistsException'],
    ['CreateTrail', { Name: 'two', S3BucketName: 'nowhere' }, 'S3BucketDoesNotExistException'],
    ['CreateTrail', { Name: 'x', S3BucketName: 'audit-logs' }, 'InvalidTrailNameException'],
    ['CreateTrail', { Name: 'two', S3BucketName: 'audit-logs', S3KeyPrefix: '../x' }, 'InvalidS3PrefixException'],
    ['GetTrail', { Name: 'absent' }, 'TrailNotFoundException'],
    ['StartLogging', { Name: 'arn:aws:s3:::x' }, 'CloudTrailARNInvalidException'],
    ['PutEventSelectors', { TrailName: 'all', EventSelectors: [] }, 'InvalidEventSelectorsException'],
    ['ListTags', { ResourceIdList: [ARN.replace('all', 'gone')] }, 'ResourceNotFoundException'],
  ] as const)
    assert.equal((await refusal(operation, input))[0], code, JSON.stringify(input));
  assert.deepEqual(await refusal('GetTrail', { Name: 'absent' }), [
    'TrailNotFoundException',
    `Unknown trail: ${ARN.replace('trail/all', 'trail/absent')} for the user: 000000000000`,
  ]);
  await call('DeleteTrail', { Name: 'all' });
  assert.deepEqual(await call('ListTrails', {}), { Trails: [] });
});

test('the chain is verified and exported by its operations', async () => {
  await simulation.clock.advance(3000);
  const verified = await call('VerifyAudit', {}, 'muster');
  assert.deepEqual(verified['Problems'], []);
  assert.ok(Number(verified['VerifiedCount']) > 20);
  const key = await call('GetAuditKey', {}, 'muster');
  assert.match(String(key['PublicKey']), /BEGIN PUBLIC KEY/);
  const page = await call('ExportAudit', { From: 0, To: simulation.clock.nowMs() / 1000 }, 'muster');
  const lines = (page['Lines'] as string[]).map((line) => JSON.parse(line) as Json);
  assert.equal(lines[0]?.['export'], 'muster-audit/1');
  assert.equal(lines.at(-1)?.['signature'] === undefined, false);
});
