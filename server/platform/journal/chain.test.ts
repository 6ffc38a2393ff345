// The chain through its doors, on every database: sealed, verified, cut, exported; and what somebody with the database in hand can do to it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, quietLog } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import type { AccountId, Region } from '../ids.ts';
import { createReconcileDriver, migrations as leases } from '../reconcile/index.ts';
import { sealWith } from '../seal/index.ts';
import { type Database, tables } from '../store/index.ts';
import { createMetrics } from '../telemetry/prometheus.ts';
import {
  canonicalForm,
  chainHash,
  createChainCutter,
  createChainSealer,
  createJournal,
  createJournalSigner,
  exportPage,
  findExport,
  findRecord,
  eventIdOf,
  type JournalEntry,
  type JournalRecord,
  lookUp,
  migrations,
  sequenceOfEventId,
  verifyChain,
  type WalkState,
} from './index.ts';
import type { JournalTables } from './tables.ts';

const account = '123456789012' as AccountId;
const scope = { account, region: 'eu-central-1' as Region };
const elsewhere = { account, region: 'us-east-1' as Region };
const clock = createSimulatedClock();
clock.holdWhile(databasesAreBusy);
const ids = createSeededIds(11);
const signer = createJournalSigner(sealWith(Buffer.alloc(32, 1), ids));
const DAY_MS = 86_400_000;

function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  return {
    ...scope,
    requestId: ids.uuid(),
    at: clock.now(),
    eventSource: 'ssm.amazonaws.com',
    eventName: 'SendCommand',
    auditClass: 'write',
    principal: { kind: 'administrator', account, arn: `arn:aws:iam::${account}:root`, userId: account, accessKeyId },
    sourceIp: '192.0.2.1',
    userAgent: 'aws-cli/2.0 \u{1F600}',
    requestParameters: '{"documentName":"AWS-RunShellScript"}',
    resources: ['arn:aws:ssm:eu-central-1::document/AWS-RunShellScript'],
    ...over,
  };
}

function keeping(database: Database, { retentionDays = 90, bytesMax = 1e9, replicas = 1 } = {}) {
  const metrics = createMetrics();
  const parts = { database, clock, log: quietLog, metrics, signer };
  const journal = createJournal(parts);
  const seen: JournalRecord[] = [];
  const bus = createInProcessBus({ log: quietLog });
  const sealer = () =>
    createChainSealer({
      ...parts,
      metrics: createMetrics(),
      onSealed: (_tx, records) => Promise.resolve(void seen.push(...records)),
    });
  const cutter = createChainCutter({ ...parts, ids, journal, retentionDays, bytesMax });
  const drivers = Array.from({ length: replicas }, (_, at) =>
    createReconcileDriver({
      ...parts,
      ids,
      bus,
      replica: `replica-${at}`,
      metrics: createMetrics(),
      reconcilers: [sealer()],
    }),
  );
  for (const driver of drivers) driver.start();
  /** All that the reconcilers have to do now, without the hours between. */
  const tidy = async (): Promise<void> => {
    for (const reconciler of [sealer(), cutter, sealer()]) {
      for (let keys = await reconciler.due(clock.now(), 10); keys.length > 0; keys = await reconciler.due(clock.now(), 10))
        for (const key of keys) await reconciler.reconcile(key, clock.now());
    }
  };
  const verify = async (where = scope) => {
    const problems: string[] = [];
    let next: WalkState | undefined;
    for (;;) {
      const stretch = await verifyChain({ database, signer }, where, next);
      problems.push(
        ...stretch.problems.map(({ kind, sequence, otherSequence }) => [kind, sequence, otherSequence].filter(Boolean).join(' ')),
      );
      ({ next } = stretch);
      if (stretch.end !== undefined) return { problems, ...stretch.end };
    }
  };
  const write = (count: number, over: (n: number) => Partial<JournalEntry> = () => ({})) =>
    database.write('test', async (tx) => {
      for (let n = 0; n < count; n++) await journal.write(tx, entry(over(n)));
    });
  const stop = async () => {
    for (const driver of drivers) await driver.stop();
    await journal.close();
  };
  return { journal, verify, write, seen, tidy, stop };
}

const rowsOf = (database: Database) =>
  database.read((tx) => tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().orderBy('sequence').execute());

eachDatabase((_kind, open) => {
  it('records are sealed within two seconds, each scope in a chain of its own, and told once in order', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, write, seen, stop } = keeping(database);
    await clock.settle();
    await write(250, (n) => (n % 5 === 0 ? elsewhere : {}));
    await clock.advance(2000);
    await write(3);
    await clock.advance(2000);
    assert.deepEqual(
      seen.filter(({ region }) => region === scope.region).map(({ sequence }) => sequence),
      Array.from({ length: 203 }, (_, n) => n + 1),
    );
    const here = await verify();
    assert.deepEqual([here.problems, here.sequence, here.unsealed], [[], 203, 0]);
    const there = await verify(elsewhere);
    assert.deepEqual([there.problems, there.sequence], [[], 50]);
    await write(1);
    assert.equal((await verify()).unsealed, 1);
    await stop();
  });

  it('two replicas that write and take turns at sealing make one chain', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, seen, stop, journal } = keeping(database, { replicas: 2 });
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 30 }, () => database.write('test', (tx) => journal.write(tx, entry()))));
      await clock.advance(1500);
    }
    assert.deepEqual([(await verify()).problems, seen.length], [[], 120]);
    await stop();
  });

  it('a changed, a removed and an exchanged record, and a tail that was cut off, are found with their numbers', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, write, stop } = keeping(database);
    await write(1200);
    await clock.advance(3000);
    const tamper = async (change: (db: ReturnType<typeof tables<JournalTables>>) => Promise<unknown>) =>
      database.write('tamper', async (tx) => void (await change(tables<JournalTables>(tx))));
    const [first] = await rowsOf(database);
    await tamper((db) => db.updateTable('journal_entry').set({ source_ip: '192.0.2.2' }).where('sequence', '=', 1).execute());
    assert.deepEqual((await verify()).problems, ['changed 1']);
    await tamper((db) =>
      db.updateTable('journal_entry').set({ source_ip: first!.source_ip }).where('sequence', '=', 1).execute(),
    );
    assert.deepEqual((await verify()).problems, []);

    for (const [from, to] of [
      [7, -1],
      [9, 7],
      [-1, 9],
    ] as const)
      await tamper((db) => db.updateTable('journal_entry').set({ sequence: to }).where('sequence', '=', from).execute());
    assert.deepEqual((await verify()).problems, ['swapped 7 9']);
    await tamper((db) => db.deleteFrom('journal_entry').where('sequence', '=', 600).execute());
    assert.deepEqual((await verify()).problems, ['swapped 7 9', 'removed 600']);

    await tamper((db) => db.updateTable('journal_checkpoint').set({ at: 0 }).execute());
    assert.deepEqual((await verify()).problems, ['swapped 7 9', 'removed 600', 'statement 1000']);
    await tamper((db) => db.deleteFrom('journal_checkpoint').execute());
    // With the head rewritten too, as far as one can without the key.
    await tamper((db) => db.deleteFrom('journal_entry').where('sequence', '>', 1198).execute());
    await tamper((db) => db.deleteFrom('journal_hash').where('sequence', '>', 1198).execute());
    assert.deepEqual((await verify()).problems.slice(2), ['removed 1199', 'removed 1200']);
    await tamper((db) => db.updateTable('journal_chain').set({ sealed_sequence: 1198 }).execute());
    await tamper((db) => db.updateTable('journal_head').set({ sequence: 1198 }).execute());
    assert.deepEqual((await verify()).problems.slice(2), ['statement 1198']);
    await stop();
  });

  it('a record that was removed before it was sealed leaves a hole that stays', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, write, stop } = keeping(database);
    await write(5);
    await database.write('tamper', async (tx) => {
      await tables<JournalTables>(tx).deleteFrom('journal_entry').where('sequence', 'in', [3, 5]).execute();
    });
    await clock.advance(2000);
    assert.deepEqual((await verify()).problems, ['removed-before-sealed 3', 'removed-before-sealed 5']);
    await stop();
  });

  it('what retention drops is on record, and the rest is still verified', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, write, tidy, stop } = keeping(database, { retentionDays: 2, replicas: 0 });
    const start = clock.nowMs();
    await write(700);
    await clock.advance(DAY_MS + 3_600_000);
    await write(10);
    // A day of slack, so that there is one such record a day.
    await clock.advance(2 * DAY_MS - 3_600_001);
    await tidy();
    assert.equal((await rowsOf(database)).length, 710);
    await clock.advance(2);
    await tidy();
    const kept = await rowsOf(database);
    assert.deepEqual([kept.length, kept[0]?.sequence], [12, 701]);
    const about = kept
      .filter(({ event_name: name }) => name === 'DropAuditRecords')
      .map((row) => JSON.parse(row.request_parameters) as unknown);
    const times = { oldest: new Date(start).toISOString(), newest: new Date(start).toISOString() };
    assert.deepEqual(about, [
      { reason: 'retention', records: 500, firstNumber: 1, lastNumber: 500, ...times },
      { reason: 'retention', records: 200, firstNumber: 501, lastNumber: 700, ...times },
    ]);
    const after = await verify();
    assert.deepEqual([after.problems, after.cutSequence, after.sequence], [[], 700, 712]);
    const terms = await database.read((tx) =>
      tables<JournalTables>(tx).selectFrom('journal_term').select('sequence').where('sequence', '<=', 700).execute(),
    );
    assert.deepEqual(terms, []);
    await database.write('tamper', async (tx) => {
      await tables<JournalTables>(tx).updateTable('journal_chain').set({ cut_at: 1 }).execute();
    });
    assert.deepEqual((await verify()).problems, ['statement 700']);
    await stop();
  });

  it('above its size the oldest records of any scope go', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { verify, write, tidy, stop } = keeping(database, { bytesMax: 100_000, replicas: 0 });
    await write(100, () => elsewhere);
    await clock.advance(1000);
    await write(400);
    await tidy();
    const rows = await rowsOf(database);
    const size = rows.reduce((sum, row) => sum + canonicalForm(row).length, 0);
    assert.ok(size < 102_000 && size > 90_000, String(size));
    assert.ok(rows.every(({ region, event_name: name }) => region === scope.region || name === 'DropAuditRecords'));
    assert.deepEqual([(await verify()).problems, (await verify(elsewhere)).problems], [[], []]);
    await stop();
  });

  it('records are found by name, user, key and resource, newest first, and by the number in their event id', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { write, stop } = keeping(database);
    const arn = (n: number) => `arn:aws:ssm:eu-central-1:${account}:managed-instance/mi-${n}`;
    await write(30, (n) => ({
      eventName: n % 2 === 0 ? 'Even' : 'Odd',
      resources: [arn(n % 3), arn(n)],
      at: new Date(clock.nowMs() + n),
    }));
    await clock.advance(2000);
    const range = { from: new Date(0), to: new Date('2999-01-01'), limit: 4 };
    const look = async (kind: Parameters<typeof lookUp>[2]['kind'], value: string) => {
      const found: number[] = [];
      let after: JournalRecord | undefined;
      for (;;) {
        const page = await database.read((tx) => lookUp(tx, scope, { kind, value, ...range, ...(after ? { after } : {}) }));
        if (page.length === 0) return found;
        found.push(...page.map(({ sequence }) => sequence));
        after = page.at(-1);
      }
    };
    assert.deepEqual(
      await look('EventName', 'Odd'),
      Array.from({ length: 15 }, (_, n) => 30 - 2 * n),
    );
    assert.equal((await look('Username', 'administrator')).length, 30);
    assert.equal((await look('AccessKeyId', 'AKIAIOSFODNN7EXAMPLE')).length, 30);
    assert.deepEqual(
      await look('ResourceName', 'mi-1'),
      Array.from({ length: 10 }, (_, n) => 29 - 3 * n),
    );
    assert.deepEqual(await look('ResourceName', arn(17)), [18]);
    assert.deepEqual(await look('ResourceName', 'mi-99'), []);
    const eventId = eventIdOf({ ...scope, sequence: 18 });
    assert.equal(sequenceOfEventId(scope, eventId), 18);
    assert.equal(sequenceOfEventId(elsewhere, eventId), undefined);
    assert.equal((await database.read((tx) => findRecord(tx, scope, 18)))?.eventName, 'Odd');
    await stop();
  });

  it('an export is a stretch of the chain, signed from its first record to its last', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const { write, stop } = keeping(database);
    const startMs = clock.nowMs();
    await write(600, (n) => ({ at: new Date(startMs + n * 1000) }));
    await clock.advance(2000);
    const parts = { database, signer, clock };
    const place = await findExport(parts, scope, { from: new Date(startMs + 50_000), to: new Date(startMs + 500_000) });
    assert.deepEqual([place?.firstSequence, place?.lastSequence], [51, 500]);
    let hash = place!.previousHash;
    let after = place!.firstSequence - 1;
    let page;
    do {
      page = await exportPage(parts, scope, place!, after);
      for (const { row, hash: stored } of page.rows) {
        hash = chainHash(hash, canonicalForm(row));
        assert.equal(stored, hash);
      }
      after = page.through;
    } while (page.signed === undefined);
    assert.equal(after, 500);
    assert.ok(signer.verifies(page.signed.statement, page.signed.signature));
    assert.ok(!signer.verifies(page.signed.statement.replace('500', '501'), page.signed.signature));
    assert.ok(page.signed.statement.includes(hash));
    assert.equal(await findExport(parts, scope, { from: new Date(0), to: new Date(1) }), undefined);
    await stop();
  });
});
