// The journal through its door, on every database.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, quietLog } from '@muster/testkit/database.ts';
import type { AccountId, Region } from '../ids.ts';
import type { Database } from '../store/index.ts';
import { createMetrics } from '../telemetry/prometheus.ts';
import { PARAMETERS_BYTES_MAX } from './bounded.ts';
import { createJournal, migrations, type JournalEntry, type JournalRecord } from './index.ts';

const account = '123456789012' as AccountId;
const scope = { account, region: 'eu-central-1' as Region };
const elsewhere = { account, region: 'us-east-1' as Region };
const clock = createSimulatedClock();
clock.holdWhile(databasesAreBusy);

let requests = 0;
function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  return {
    ...scope,
    requestId: `request-${++requests}`,
    at: clock.now(),
    eventSource: 'ssm.amazonaws.com',
    eventName: 'SendCommand',
    auditClass: 'write',
    principal: { kind: 'administrator', account, arn: `arn:aws:iam::${account}:root`, userId: account, accessKeyId },
    sourceIp: '192.0.2.1',
    userAgent: 'aws-cli/2.0',
    requestParameters: '{"documentName":"AWS-RunShellScript"}',
    resources: ['arn:aws:ssm:eu-central-1::document/AWS-RunShellScript'],
    ...over,
  };
}

function journalOf(database: Database, metrics = createMetrics()) {
  const journal = createJournal({ database, clock, log: quietLog, metrics });
  const read = (over: Partial<Parameters<typeof journal.read>[2]> = {}, where = scope): Promise<JournalRecord[]> =>
    database.read((tx) => journal.read(tx, where, { from: new Date(0), to: new Date('2999-01-01'), limit: 500, ...over }));
  return { journal, read, metrics };
}
/** `before` may throw: the unit then fails. */
function watched(database: Database, before: () => void): Database {
  const { write, writeApart } = database;
  return {
    ...database,
    write: async (name, work) => {
      before();
      return write(name, work);
    },
    writeApart:
      writeApart &&
      (async (name, steps) => {
        before();
        return writeApart(name, steps);
      }),
  };
}
const sequences = (records: readonly JournalRecord[]): number[] => records.map(({ sequence }) => sequence);

eachDatabase((kind, open) => {
  it('keeps an entry whole, in the transaction of its deed', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    const denied = entry({ auditClass: 'read', errorCode: 'AccessDeniedException', errorMessage: 'not authorized' });
    await database.write('test', (tx) => journal.write(tx, denied));
    assert.deepEqual(await read(), [{ ...denied, sequence: 1 }]);
  });

  it('numbers entries without gaps in each scope, also when units fail and many run at once', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    const units = Array.from({ length: 40 }, (_, n) =>
      database.write('test', async (tx) => {
        await journal.write(tx, entry(n % 4 === 0 ? elsewhere : scope));
        if (n % 3 === 0) throw new Error('changed its mind');
      }),
    );
    const outcomes = await Promise.allSettled(units);
    const committed = outcomes.filter(({ status }, n) => status === 'fulfilled' && n % 4 !== 0).length;
    assert.deepEqual(
      sequences(await read()).toReversed(),
      Array.from({ length: committed }, (_, n) => n + 1),
    );
    const there = sequences(await read({}, elsewhere));
    assert.equal(there[0], there.length);
  });

  it('writes what may be late within a second, together', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    for (let n = 0; n < 10; n++) journal.later(entry(n < 3 ? elsewhere : scope));
    assert.deepEqual(await read(), []);
    await clock.advance(1000);
    assert.deepEqual(sequences(await read()), [7, 6, 5, 4, 3, 2, 1]);
    assert.deepEqual(sequences(await read({}, elsewhere)), [3, 2, 1]);
    assert.equal(clock.timers, 0);
  });

  it('writes at once when a batch is full, and on flush', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    for (let n = 0; n < 500; n++) journal.later(entry());
    await clock.settle();
    assert.equal((await read()).length, 500);
    for (let n = 0; n < 1200; n++) journal.later(entry());
    await journal.flush();
    assert.deepEqual(sequences(await read({ limit: 1 })), [1700]);
    journal.later(entry());
    await journal.close();
    assert.deepEqual(sequences(await read({ limit: 1 })), [1701]);
  });

  it('entries above the bound are lost and counted, never kept in memory without end', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read, metrics } = journalOf(database);
    for (let n = 0; n < 20_003; n++) journal.later(entry({ requestParameters: '{}', resources: [] }));
    await journal.flush();
    assert.deepEqual(sequences(await read({ limit: 1 })), [20_000]);
    assert.match(metrics.render(), /^muster_journal_dropped_total 3$/m);
  });

  it('what somebody waits for is never lost, and is written together with what else waits', async () => {
    await using database = await open([migrations], { inThread: true });
    let units = 0;
    const { journal, read, metrics } = journalOf(watched(database, () => (units += 1)));
    await Promise.all(Array.from({ length: 60 }, () => journal.durably(entry())));
    assert.equal(units, 1);
    for (let n = 0; n < 20_000; n++) journal.later(entry({ requestParameters: '{}', resources: [] }));
    const last = entry();
    await journal.durably(last);
    assert.deepEqual((await read({ limit: 1 }))[0]?.requestId, last.requestId);
    assert.doesNotMatch(metrics.render(), /^muster_journal_dropped_total \d/m);
  });

  it('numbers entries without gaps whoever writes them: deeds, and rounds of what is held, as often as a thread beside is there for them', async () => {
    await using database = await open([migrations]);
    const { journal, read } = journalOf(database);
    // The thread is there after some dozen of them.
    const ROUNDS = kind === 'sqlite' ? 400 : 10;
    const EACH = 8;
    for (let round = 0; round < ROUNDS; round++) {
      const deeds = Array.from({ length: EACH }, (_, n) =>
        database.write('test', async (tx) => {
          await journal.write(tx, entry(n % 4 === 0 ? elsewhere : scope));
          if (n % 2 === 0) throw new Error('changed its mind');
        }),
      );
      const held = Array.from({ length: EACH }, (_, n) => journal.durably(entry(n % 4 === 0 ? elsewhere : scope)));
      await Promise.all([Promise.allSettled(deeds), Promise.all(held)]);
    }
    const inScope = ROUNDS * (EACH / 2 + (EACH * 3) / 4);
    const found: number[] = [];
    for (let page = await read(); page.length > 0; page = await read({ after: page.at(-1)! })) found.push(...sequences(page));
    assert.deepEqual(
      found.toSorted((a, b) => a - b),
      Array.from({ length: inScope }, (_, n) => n + 1),
    );
    assert.equal(sequences(await read({ limit: 1 }, elsewhere))[0], ROUNDS * (EACH / 4));
    await journal.close();
  });

  it('who waits for an entry does not wait for those that come after it', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    const others = { come: true };
    const endless = (async () => {
      while (others.come) await journal.durably(entry());
    })();
    const first = entry();
    await journal.durably(first);
    others.come = false;
    assert.ok((await read()).some(({ requestId }) => requestId === first.requestId));
    await endless;
  });

  it('what could not be written is tried again', async () => {
    await using database = await open([migrations], { inThread: true });
    let broken = true;
    const flaky = watched(database, () => {
      if (broken) throw new Error('disk full');
    });
    const { journal, read } = journalOf(flaky);
    journal.later(entry());
    await clock.advance(3000);
    broken = false;
    await clock.advance(1000);
    assert.equal((await read()).length, 1);
  });

  it('what somebody waited for in vain is kept and tried again too, and above a bound nobody is waited for', async () => {
    await using database = await open([migrations], { inThread: true });
    let broken = true;
    const flaky = watched(database, () => {
      if (broken) throw new Error('disk full');
    });
    const { journal, read } = journalOf(flaky);
    for (let round = 0; round < 41; round++) {
      const asked = Array.from({ length: 1000 }, () => journal.durably(entry({ requestParameters: '{}', resources: [] })));
      for (const outcome of await Promise.allSettled(asked)) {
        assert.ok(outcome.status === 'rejected');
        assert.match(String(outcome.reason), round < 40 ? /disk full/ : /overloaded/);
      }
    }
    broken = false;
    await assert.rejects(journal.durably(entry()), /overloaded/);
    await clock.advance(1000);
    await journal.flush();
    const last = entry();
    await journal.durably(last);
    const [newest] = await read({ limit: 1 });
    assert.deepEqual([newest?.requestId, newest?.sequence], [last.requestId, 40_001]);
    await journal.close();
  });

  it('closing tries what could not be written once more: the thread may have died with it', async () => {
    await using database = await open([migrations], { inThread: true });
    let left = 1;
    const flaky = watched(database, () => {
      if (left-- > 0) throw new Error('the thread ended');
    });
    const { journal, read } = journalOf(flaky);
    for (let n = 0; n < 3; n++) journal.later(entry());
    await journal.close();
    assert.deepEqual(sequences(await read()), [3, 2, 1]);
    assert.equal(clock.timers, 0);
  });

  it('pages newest first, within a range of time', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    const startMs = clock.nowMs();
    for (let n = 0; n < 30; n++) journal.later(entry({ at: new Date(startMs + Math.floor(n / 3) * 1000) }));
    await journal.flush();
    const seen: JournalRecord[] = [];
    const range = { from: new Date(startMs + 1000), to: new Date(startMs + 9000), limit: 7 };
    for (let page = await read(range); page.length > 0; page = await read({ ...range, after: page.at(-1)! })) seen.push(...page);
    assert.deepEqual(
      sequences(seen),
      Array.from({ length: 24 }, (_, n) => 27 - n),
    );
  });

  it('cuts parameters above 100 KB and marks it; texts of strangers are bounded', async () => {
    await using database = await open([migrations], { inThread: true });
    const { journal, read } = journalOf(database);
    const whole = JSON.stringify({ commands: 'x'.repeat(PARAMETERS_BYTES_MAX - 20) });
    const above = JSON.stringify({ commands: '"\u{1F600}'.repeat(PARAMETERS_BYTES_MAX) });
    await database.write('test', async (tx) => {
      await journal.write(tx, entry({ requestParameters: whole }));
      await journal.write(tx, entry({ requestParameters: above, userAgent: `\0${'a'.repeat(100_000)}` }));
    });
    const [second, first] = await read();
    assert.equal(first?.requestParameters, whole);
    const kept: Record<string, unknown> = JSON.parse(second?.requestParameters ?? '');
    assert.deepEqual([kept['truncated'], kept['originalSizeBytes']], [true, Buffer.byteLength(above)]);
    assert.ok(above.startsWith(String(kept['beginning']).slice(0, 16_000)));
    assert.ok(Buffer.byteLength(second?.requestParameters ?? '') <= PARAMETERS_BYTES_MAX);
    assert.equal(second?.userAgent.length, 1024);
  });
});
