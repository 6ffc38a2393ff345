// The server dies at any statement while it records, seals and delivers, and starts again: the chain is sound, every answered change is in it, and a
// trail's bucket and log group have each record once.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createRandom } from '@muster/testkit/random.ts';
import { addServiceRole } from '@muster/testkit/people.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { filesAreWritten } from './audit-calls.fixture.ts';
import { folderBuckets, folderLogGroups } from './index.ts';

type Json = Readonly<Record<string, unknown>>;

const SEEDS = [1, 2, 3];
const CRASHES = 4;
const CALLS = 25;
/** Statements of one round, about: the crash falls somewhere into it. */
const STATEMENTS = 900;

for (const seed of SEEDS)
  test(`after crashes nothing is missing and nothing is twice (seed ${seed})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-audit-sim-'));
    const buckets = folderBuckets(new Map([['logs', folder]]));
    const logFolder = mkdtempSync(join(tmpdir(), 'muster-audit-sim-'));
    // Small files, so that crashes fall between two of them as well.
    const trailLogGroups = folderLogGroups(new Map([['events', logFolder]]), { fileBytesMax: 8 * 1024 });
    const simulation = new Simulation({ seed, ports: { trailBuckets: buckets, trailLogGroups } });
    simulation.clock.holdWhile(filesAreWritten);
    const random = createRandom(seed);
    const answered: string[] = [];
    let crashes = 0;
    try {
      await simulation.start();
      const role = await addServiceRole(simulation, 'logs', 'cloudtrail.amazonaws.com');
      const made = await simulation.callOf('cloudtrail', 'CreateTrail', {
        Name: 'all',
        S3BucketName: 'logs',
        CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:events:*',
        CloudWatchLogsRoleArn: role,
      });
      assert.equal(made.status, 200, JSON.stringify(made.body));
      await simulation.callOf('cloudtrail', 'StartLogging', { Name: 'all' });
      await simulation.clock.advance(2000);
      for (let round = 0; round < CRASHES; round++) {
        await simulation.crash();
        await simulation.start(50 + random.below(STATEMENTS));
        for (let n = 0; n < CALLS && simulation.up; n++) {
          const description = `${round}-${n}`;
          const call = simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: description });
          const answer = await call.catch(() => undefined);
          if (answer?.status === 200) answered.push(description);
          if (simulation.up) await simulation.clock.advance(random.below(8_000)).catch(() => undefined);
        }
        if (!simulation.up) crashes++;
      }
      assert.notEqual(crashes, 0, 'no round crashed');
      await simulation.crash();
      await simulation.start();
      await simulation.clock.advance(70_000);

      const problems: unknown[] = [];
      let NextToken: unknown;
      do {
        const { body } = await simulation.callOf('muster', 'VerifyAudit', NextToken === undefined ? {} : { NextToken });
        problems.push(...(body['Problems'] as unknown[]));
        ({ NextToken } = body);
      } while (NextToken !== undefined);
      assert.deepEqual(problems, []);
      const records = globSync('**/*.json.gz', { cwd: folder }).flatMap(
        (file) => (JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as { Records: Json[] }).Records,
      );
      const ids = records.map(({ eventID }) => eventID);
      assert.equal(new Set(ids).size, ids.length, 'a record stands in two files');
      const delivered = new Set(records.map(({ requestParameters }) => (requestParameters as Json | null)?.['description']));
      assert.ok(answered.length > CRASHES, `${answered.length} answered`);
      assert.deepEqual(
        answered.filter((description) => !delivered.has(description)),
        [],
      );
      const lines = globSync('**/*.jsonl', { cwd: logFolder })
        .flatMap((file) => readFileSync(join(logFolder, file), 'utf8').trimEnd().split('\n'))
        .map((line) => (JSON.parse(line) as Json)['eventID']);
      assert.deepEqual(new Set(lines), new Set(ids));
      assert.equal(lines.length, ids.length);
    } finally {
      await simulation.stop();
      for (const made of [folder, logFolder]) rmSync(made, { recursive: true });
    }
  });
