// Digest files of a trail, checked by the algorithm that AWS documents for whoever writes their own verifier: signature, hash and place of each digest
// back along its chain, and the hash of each file that it names. The same folder under the AWS CLI: e2e/digests.test.ts.
import assert from 'node:assert/strict';
import { createPublicKey, hash, verify } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Simulation } from '@muster/testkit/simulation.ts';
import { filesAreWritten } from '../audit-calls.fixture.ts';
import type { AccountId, Region } from '../../../platform/ids.ts';
import { folderBuckets } from '../index.ts';
import { listTrails } from '../store.ts';
import { beginChain } from './digest-store.ts';

type Json = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;
const ACCOUNT = '000000000000' as AccountId;
const ELSEWHERE = 'eu-west-1' as Region;
const folder = mkdtempSync(join(tmpdir(), 'muster-digests-'));
const folders = folderBuckets(new Map([['audit-logs', folder]]));
let refuseDigests = false;
let simulation: Simulation;

before(async () => {
  const trailBuckets = {
    ...folders,
    put: (...args: Parameters<typeof folders.put>) =>
      refuseDigests && args[1].includes('CloudTrail-Digest') ? Promise.reject(new Error('disk full')) : folders.put(...args),
  };
  simulation = new Simulation({ seed: 11, ports: { trailBuckets } });
  simulation.clock.holdWhile(filesAreWritten);
  await simulation.start();
  await call('CreateTrail', { Name: 'all', S3BucketName: 'audit-logs', S3KeyPrefix: 'site', EnableLogFileValidation: true });
  await call('StartLogging', { Name: 'all' });
});
after(async () => {
  await simulation.stop();
  rmSync(folder, { recursive: true });
});

async function call(operation: string, input: Json): Promise<Json> {
  const { status, body } = await simulation.callOf('cloudtrail', operation, input);
  assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
  return body;
}

const status = () => call('GetTrailStatus', { Name: 'all' });
const act = (description: string) => simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: description });
const digestFiles = () => globSync('site/AWSLogs/*/CloudTrail-Digest/**/*.json.gz', { cwd: folder }).toSorted();
const logFiles = () => globSync('site/AWSLogs/*/CloudTrail/**/*.json.gz', { cwd: folder }).toSorted();
const readText = (key: string) => gunzipSync(readFileSync(join(folder, key))).toString();
const readDigest = (key: string) => JSON.parse(readText(key)) as Json;

async function keys(): Promise<Map<string, Buffer>> {
  const { PublicKeyList } = await call('ListPublicKeys', { StartTime: 0, EndTime: simulation.clock.nowMs() / 1000 });
  return new Map(
    (PublicKeyList as Json[]).map((key) => [String(key['Fingerprint']), Buffer.from(String(key['Value']), 'base64')]),
  );
}

/** Killed, and started again so much later: what was due meanwhile is made up for within a minute. */
async function away(ms: number): Promise<void> {
  await simulation.crash();
  await simulation.clock.advance(ms);
  await simulation.start();
  await simulation.clock.advance(70_000);
}

/** Walks back from a digest; answers the keys of the digests and of the files that are sound, and what is wrong. */
async function walkDigests(last: string): Promise<{ digests: string[]; files: string[]; wrong: string[] }> {
  const found = { digests: [] as string[], files: [] as string[], wrong: [] as string[] };
  const known = await keys();
  for (let key: string | null = last; key !== null;) {
    const text = readText(key);
    const digest: Json = JSON.parse(text) as Json;
    const metadata = JSON.parse(readFileSync(join(folder, `${key}.metadata`), 'utf8')) as Json;
    const signed = [
      digest['digestEndTime'],
      `${String(digest['digestS3Bucket'])}/${String(digest['digestS3Object'])}`,
      hash('sha256', text),
      digest['previousDigestSignature'] ?? 'null',
    ].join('\n');
    const publicKey = known.get(String(digest['digestPublicKeyFingerprint']));
    const isSound =
      publicKey !== undefined &&
      digest['digestS3Object'] === key &&
      metadata['signature-algorithm'] === 'SHA256withRSA' &&
      verify(
        'RSA-SHA256',
        Buffer.from(signed),
        createPublicKey({ key: publicKey, format: 'der', type: 'pkcs1' }),
        Buffer.from(String(metadata['signature']), 'hex'),
      );
    if (isSound) found.digests.push(key);
    else found.wrong.push(key);
    for (const file of digest['logFiles'] as Json[]) {
      const object = String(file['s3Object']);
      const same = hash('sha256', readText(object)) === file['hashValue'];
      (same ? found.files : found.wrong).push(object);
    }
    const previous = digest['previousDigestS3Object'] as string | null;
    if (previous !== null && hash('sha256', readText(previous)) !== digest['previousDigestHashValue']) found.wrong.push(previous);
    key = previous;
  }
  return found;
}

test('an hour after the first file a signed digest names it; each further hour has one, also without files', async () => {
  await act('first');
  await simulation.clock.runUntil(() => digestFiles().length > 0, 3 * HOUR_MS);
  // The file is there a moment before it is on record.
  await simulation.clock.advance(1_000);
  assert.ok((await status())['LatestDigestDeliveryTime'] !== undefined);
  const [first = ''] = digestFiles();
  assert.match(
    first,
    /^site\/AWSLogs\/000000000000\/CloudTrail-Digest\/us-east-1\/2027\/01\/01\/000000000000_CloudTrail-Digest_us-east-1_all_us-east-1_20270101T01\d{4}Z\.json\.gz$/,
  );
  assert.equal(readDigest(first)['previousDigestS3Object'], null);
  assert.ok((readDigest(first)['logFiles'] as Json[]).length > 0);
  await act('second');
  await simulation.clock.advance(70_000);
  await away(3 * HOUR_MS);
  const made = digestFiles();
  assert.ok(made.length >= 4, String(made.length));
  const { digests, files, wrong } = await walkDigests(made.at(-1) ?? '');
  assert.deepEqual(wrong, []);
  assert.deepEqual(digests.toSorted(), made);
  // Each file in one digest; those of the running hour in none yet.
  assert.equal(new Set(files).size, files.length);
  const written = logFiles();
  assert.deepEqual(files.toSorted(), written.slice(0, files.length));
  assert.ok(written.length - files.length <= 2, `${written.length} files, ${files.length} in digests`);
  for (const [n, key] of made.entries())
    if (n > 0) assert.equal(readDigest(key)['digestStartTime'], readDigest(made[n - 1] ?? '')['digestEndTime']);
  assert.equal((await keys()).size, 1);
  assert.equal((await call('GetTrail', { Name: 'all' }))['Trail'] !== undefined, true);
});

test('a digest that could not be written says so and follows, and a changed file or digest is found', async () => {
  const before = digestFiles().length;
  refuseDigests = true;
  await away(HOUR_MS);
  assert.equal((await status())['LatestDigestDeliveryError'], 'disk full');
  assert.equal((await status())['LatestDeliveryError'], undefined);
  refuseDigests = false;
  await away(HOUR_MS);
  assert.equal((await status())['LatestDigestDeliveryError'], undefined);
  const made = digestFiles();
  assert.equal(made.length, before + 2);
  const last = made.at(-1) ?? '';
  const { files, wrong } = await walkDigests(last);
  assert.deepEqual(wrong, []);

  const [file = ''] = files;
  const file0 = readFileSync(join(folder, file));
  writeFileSync(join(folder, file), gzipSync(readText(file).replace('"eventVersion":"1.11"', '"eventVersion":"1.12"')));
  assert.deepEqual((await walkDigests(last)).wrong, [file]);
  writeFileSync(join(folder, file), file0);
  const [digest = ''] = made;
  const digest0 = readFileSync(join(folder, digest));
  writeFileSync(join(folder, digest), gzipSync(readText(digest).replace(/"logFiles":\[.*\]/, '"logFiles":[]')));
  assert.deepEqual(new Set((await walkDigests(last)).wrong), new Set([digest]));
  writeFileSync(join(folder, digest), digest0);
});

test('a stopped trail gets the digest of what it delivered and no more; started again its chain goes on', async () => {
  await act('before the stop');
  await simulation.clock.advance(120_000);
  await call('StopLogging', { Name: 'all' });
  const before = digestFiles().length;
  await away(5 * HOUR_MS);
  assert.equal(digestFiles().length, before + 1);
  await call('StartLogging', { Name: 'all' });
  await act('after the pause');
  await simulation.clock.advance(70_000);
  await away(HOUR_MS);
  const made = digestFiles();
  assert.equal(made.length, before + 2);
  assert.equal(readDigest(made.at(-1) ?? '')['previousDigestS3Object'], made.at(-2));
  assert.deepEqual((await walkDigests(made.at(-1) ?? '')).wrong, []);

  await call('UpdateTrail', { Name: 'all', EnableLogFileValidation: false });
  await away(HOUR_MS);
  const last = digestFiles().length;
  await act('without a digest');
  await away(HOUR_MS * 2);
  assert.equal(digestFiles().length, last);
  const [trail] = (await call('DescribeTrails', {}))['trailList'] as Json[];
  assert.equal(trail?.['LogFileValidationEnabled'], false);
});

test('a region that a trail does not deliver any more gets no more digests', async () => {
  const elsewhere = () => digestFiles().filter((key) => key.includes('/eu-west-1/')).length;
  await call('UpdateTrail', { Name: 'all', IsMultiRegionTrail: true, EnableLogFileValidation: true });
  // A simulation has one region: the chain of another is begun as its first file would.
  await simulation.database.write('test', async (tx) => {
    for (const trail of await listTrails(tx, ACCOUNT)) await beginChain(tx, trail, ELSEWHERE, simulation.clock.nowMs());
  });
  await away(HOUR_MS);
  assert.equal(elsewhere(), 1);
  await call('UpdateTrail', { Name: 'all', IsMultiRegionTrail: false });
  const before = digestFiles().length;
  await away(2 * HOUR_MS);
  assert.equal(elsewhere(), 1);
  assert.ok(digestFiles().length > before);
});

test('keys are listed by the time in which they sign', async () => {
  assert.deepEqual(await call('ListPublicKeys', { StartTime: 0, EndTime: 1 }), { PublicKeyList: [] });
  for (const [input, code] of [
    [{ StartTime: 2, EndTime: 1 }, 'InvalidTimeRangeException'],
    [{ NextToken: 'x' }, 'InvalidTokenException'],
  ] as const) {
    const { body } = await simulation.callOf('cloudtrail', 'ListPublicKeys', input);
    assert.match(String(body['__type']), new RegExp(code));
  }
});
