// Audit through the AWS CLI and the command line, as an operator would try it: look a call up, deliver a trail to a folder, verify, export, check
// the file. Needs: aws.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import { RunningServer, spawnLauncher } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 15_000;
/** Trails are looked at every two seconds here. */
const DELIVERED_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'muster-e2e-audit-'));
let server: RunningServer;

before(async () => {
  if (withoutAwsCli !== false) return;
  const folders = [
    '--trail-folder',
    `audit-logs=${join(folder, 'trail')}`,
    '--trail-log-group',
    `events=${join(folder, 'events')}`,
  ];
  server = await RunningServer.start({ command: 'server', args: [...folders, '--trail-interval-seconds', '2'] });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function muster(...args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawnLauncher(['audit', ...args, '--data-dir', server.dataDir]);
  const ended = once(child, 'exit');
  assert.ok(child.stdout !== null);
  const out = await text(child.stdout);
  await ended;
  return { code: child.exitCode, out };
}

test('a call and a refused call are looked up', options, async () => {
  await aws(server, 'ssm', 'create-activation', '--iam-role', 'MusterNode', '--description', 'from the AWS CLI');
  await awsRefusal(server, 'ssm', 'get-document', '--name', 'NotThere');
  const look = (key: string, value: string): Promise<Json> =>
    aws(server, 'cloudtrail', 'lookup-events', '--lookup-attributes', `AttributeKey=${key},AttributeValue=${value}`);
  const [event] = await eventually('the call is found', SOON_MS, async () => {
    const events = (await look('EventName', 'CreateActivation'))['Events'] as readonly Json[];
    return events.length > 0 && events;
  });
  assert.deepEqual([event?.['Username'], event?.['ReadOnly']], ['administrator', 'false']);
  const record = JSON.parse(String(event?.['CloudTrailEvent'])) as Json;
  assert.deepEqual(record['requestParameters'], { description: 'from the AWS CLI', iamRole: 'MusterNode' });
  assert.match(String(record['userAgent']), /aws-cli/);
  await eventually('the refusal is found', SOON_MS, async () => {
    const events = (await look('ResourceName', 'NotThere'))['Events'] as readonly Json[];
    return events.some(({ CloudTrailEvent }) => String(CloudTrailEvent).includes('"errorCode":"InvalidDocument"'));
  });
});

test('a trail delivers to its folder and to its log group', options, async () => {
  const refused = await awsRefusal(server, 'cloudtrail', 'create-trail', '--name', 'all', '--s3-bucket-name', 'elsewhere');
  assert.match(refused, /\(S3BucketDoesNotExistException\).*S3 bucket elsewhere does not exist!/);
  await aws(server, 'cloudtrail', 'create-trail', '--name', 'all', '--s3-bucket-name', 'audit-logs');
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }];
  const trust = JSON.stringify({ Version: '2012-10-17', Statement });
  await aws(server, 'iam', 'create-role', '--role-name', 'trail-logs', '--assume-role-policy-document', trust);
  const group = ['--cloud-watch-logs-log-group-arn', 'arn:aws:logs:us-east-1:000000000000:log-group:events:*'];
  const role = ['--cloud-watch-logs-role-arn', 'arn:aws:iam::000000000000:role/trail-logs'];
  await aws(server, 'cloudtrail', 'update-trail', '--name', 'all', ...group, ...role);
  await aws(server, 'cloudtrail', 'start-logging', '--name', 'all');
  await aws(server, 'ssm', 'create-activation', '--iam-role', 'MusterNode', '--description', 'for the trail');
  const files = await eventually('a file is delivered', DELIVERED_MS, () => {
    const found = globSync('trail/AWSLogs/000000000000/CloudTrail/us-east-1/*/*/*/*.json.gz', { cwd: folder });
    return found.length > 0 && found;
  });
  const records = files.flatMap(
    (file) => (JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as { Records: Json[] }).Records,
  );
  assert.ok(records.some(({ eventName }) => eventName === 'StartLogging'));
  const [stream = ''] = await eventually('its log group has a stream', DELIVERED_MS, () => {
    const found = globSync('events/000000000000_CloudTrail_us-east-1/*.jsonl', { cwd: folder });
    return found.length > 0 && found;
  });
  assert.match(readFileSync(join(folder, stream), 'utf8'), /^\{"eventVersion".*"eventName":"StartLogging".*\}\n/);
  const status = await aws(server, 'cloudtrail', 'get-trail-status', '--name', 'all');
  assert.deepEqual([status['IsLogging'], status['LatestDeliveryError']], [true, undefined]);
});

test('the chain is verified and exported, and the file is checked alone', options, async () => {
  const verified = await muster('verify');
  assert.equal(verified.code, 0, verified.out);
  assert.match(verified.out, /the chain is sound/);
  const file = join(folder, 'export.jsonl');
  const exported = await muster('export', '--from', '2020-01-01', '--to', '2100-01-01', '--file', file);
  assert.equal(exported.code, 0, exported.out);
  assert.equal((await muster('verify', '--file', file)).code, 0);
});
