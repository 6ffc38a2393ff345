// `aws cloudtrail validate-logs` over the digest files of a trail. Hours pass in a simulated server; the bucket is its folder, and behind the endpoint
// that the CLI gets stand the server's own CloudTrail and as much of S3 as the command reads. Needs: aws.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { folderBuckets } from '@muster/server/cloud/audit/index.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { withoutAwsCli } from './aws-cli.ts';

const options = { skip: withoutAwsCli };
const HOUR_MS = 3_600_000;
const BUCKET = 'audit-logs';
const folder = mkdtempSync(join(tmpdir(), 'muster-e2e-digests-'));
const simulation = new Simulation({ seed: 3, ports: { trailBuckets: folderBuckets(new Map([[BUCKET, folder]])) } });
simulation.clock.holdWhile(() => process.getActiveResourcesInfo().includes('FSReqPromise'));
let front: Server;

before(async () => {
  await simulation.start();
  const trail = { Name: 'all', S3BucketName: BUCKET, EnableLogFileValidation: true };
  await simulation.callOf('cloudtrail', 'CreateTrail', trail);
  await simulation.callOf('cloudtrail', 'StartLogging', { Name: 'all' });
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'first' });
  await simulation.clock.runUntil(() => digests().length > 0, 3 * HOUR_MS);
  await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: 'second' });
  await simulation.clock.advance(70_000);
  await simulation.crash();
  await simulation.clock.advance(2 * HOUR_MS);
  await simulation.start();
  await simulation.clock.advance(70_000);
  front = createServer((request, response) => void answer(request, response));
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
});
after(async () => {
  front.close();
  await simulation.stop();
  rmSync(folder, { recursive: true });
});

const digests = () => globSync('AWSLogs/*/CloudTrail-Digest/**/*.json.gz', { cwd: folder }).toSorted();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, operation] = String(request.headers['x-amz-target'] ?? '').split('CloudTrail_20131101.');
  if (operation !== undefined) {
    const input = JSON.parse((await buffer(request)).toString()) as Record<string, unknown>;
    const { status, body } = await simulation.callOf('cloudtrail', operation, input);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    return;
  }
  const url = new URL(request.url ?? '/', 'http://s3');
  const key = decodeURIComponent(url.pathname).slice(`/${BUCKET}/`.length);
  if (url.searchParams.has('location')) return void response.end('<LocationConstraint/>');
  if (key === '') {
    const [prefix, marker] = [url.searchParams.get('prefix') ?? '', url.searchParams.get('marker') ?? ''];
    const keys = digests().filter((one) => one.startsWith(prefix) && one > marker);
    const contents = keys.map((one) => `<Contents><Key>${one}</Key></Contents>`).join('');
    response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`);
    return;
  }
  try {
    const metadata = key.includes('CloudTrail-Digest') ? readFileSync(join(folder, `${key}.metadata`), 'utf8') : '{}';
    for (const [name, value] of Object.entries(JSON.parse(metadata) as Record<string, string>))
      response.setHeader(`x-amz-meta-${name}`, value);
    response.end(readFileSync(join(folder, key)));
  } catch {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>');
  }
}

async function validateLogs(): Promise<string> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const env = {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'unused',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
  const arn = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/all';
  const times = ['--start-time', '2027-01-01T00:00:00Z', '--end-time', '2027-01-01T12:00:00Z'];
  const args = ['cloudtrail', 'validate-logs', '--trail-arn', arn, ...times, '--verbose', '--region', 'us-east-1'];
  const ran = await promisify(execFile)('aws', args, { env }).catch((error: { stdout: string; stderr: string }) => error);
  return `${ran.stdout}${ran.stderr}`;
}

test('validate-logs finds every digest and every file valid', options, async () => {
  const text = await validateLogs();
  const count = digests().length;
  assert.ok(count >= 3, String(count));
  assert.match(text, new RegExp(`${count}/${count} digest files valid`), text);
  assert.match(text, /(\d+)\/\1 log files valid/, text);
});

test('validate-logs names a file that was changed', options, async () => {
  const [file = ''] = globSync('AWSLogs/*/CloudTrail/**/*.json.gz', { cwd: folder }).toSorted();
  const body = readFileSync(join(folder, file));
  writeFileSync(join(folder, file), gzipSync(gunzipSync(body).toString().replace('"readOnly":false', '"readOnly":true')));
  const text = await validateLogs();
  writeFileSync(join(folder, file), body);
  assert.match(text, new RegExp(`Log file\\s+s3://${BUCKET}/${file}\\s+INVALID: hash value doesn't match`), text);
});
