// Units that are written apart: by the main thread where they are rare, by a thread of their own where they come often. Both keep the same promises.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { databaseDefaults, quietLog, temporaryDirectory } from '@muster/testkit/database.ts';
import { systemClock } from '../time/clock.ts';
import { isUniqueViolation, openDatabase, prepare, queries, StatementFailed, tables } from './index.ts';
import type { Database, MigrationList } from './index.ts';

interface Tables {
  item: { id: number; body: string };
}

const items: MigrationList = {
  prefix: 'items',
  migrations: {
    '001-init': {
      async up(db) {
        await db.schema
          .createTable('item')
          .addColumn('id', 'integer', (column) => column.primaryKey())
          .addColumn('body', 'text', (column) => column.notNull())
          .execute();
      },
    },
  },
};

const insertItem = prepare<Tables, { id: number; body: string }>((db, param) =>
  db.insertInto('item').values({ id: param('id'), body: param('body') }),
);

class Items implements AsyncDisposable {
  readonly database: Database;
  #onMain = 0;
  #nextId = 1_000_000;

  constructor(database: Database) {
    this.database = database;
  }

  static async open(dataDir: string): Promise<Items> {
    const found: { items?: Items } = {};
    const onStatement = (_n: number, text: string): void => {
      if (found.items !== undefined && text.startsWith('insert')) found.items.#onMain += 1;
    };
    found.items = new Items(await openDatabase({ ...databaseDefaults(), dataDir, migrations: [items], onStatement }));
    return found.items;
  }

  async putApart(ids: readonly number[], body = ''): Promise<void> {
    const { writeApart } = this.database;
    assert.ok(writeApart !== undefined);
    await writeApart.call(this.database, 'put', () => [
      insertItem.step(
        'sqlite',
        ids.map((id) => ({ id, body })),
      ),
    ]);
  }

  put(id: number): Promise<number> {
    return this.database.write('put', (tx) => insertItem.changes(tx, { id, body: '' }));
  }

  ids(): Promise<number[]> {
    return this.database.read(async (tx) => {
      const rows = await tables<Tables>(tx).selectFrom('item').select('id').where('id', '<', 1_000_000).orderBy('id').execute();
      return rows.map(({ id }) => id);
    });
  }

  /** Until the thread has written one. Ids of its own. */
  async hurry(): Promise<void> {
    for (let before = -1; before !== this.#onMain;) {
      before = this.#onMain;
      await this.putApart([this.#nextId++]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.database.close();
  }
}

for (const where of ['the main thread', 'the thread beside'] as const)
  test(`${where}: a unit is there whole when it is acknowledged, or not at all, in its turn among the others`, async () => {
    await using directory = await temporaryDirectory();
    await using store = await Items.open(directory.path);
    if (where === 'the thread beside') await store.hurry();
    await store.putApart([1, 2, 3]);
    assert.deepEqual(await store.ids(), [1, 2, 3]);
    await assert.rejects(store.putApart([4, 2, 5]), (error) => {
      assert.ok(error instanceof StatementFailed && isUniqueViolation(error));
      assert.match(error.message, /UNIQUE constraint failed: item.id \(in: insert into "item"/);
      return true;
    });
    assert.deepEqual(await store.ids(), [1, 2, 3]);
    // Of two that want one id the first one gets it.
    await Promise.all([
      store.put(10),
      store.putApart([11]),
      assert.rejects(store.put(11), isUniqueViolation),
      store.put(12),
      assert.rejects(store.putApart([12]), isUniqueViolation),
    ]);
    assert.deepEqual(await store.ids(), [1, 2, 3, 10, 11, 12]);
  });

test('closing waits for what was asked before, and takes nothing more', async () => {
  await using directory = await temporaryDirectory();
  const store = await Items.open(directory.path);
  await store.hurry();
  const written = Promise.all([store.putApart([1]), store.put(2), store.putApart([3])]);
  await store.database.close();
  await written;
  await assert.rejects(store.putApart([4]), /closed/);
  await using again = await Items.open(directory.path);
  assert.deepEqual(await again.ids(), [1, 2, 3]);
});

test('the write-ahead log starts anew while the thread beside writes', async () => {
  await using directory = await temporaryDirectory();
  await using store = await Items.open(directory.path);
  await store.hurry();
  const body = 'x'.repeat(4_000);
  let largestBytes = 0;
  // 60 MB in all: without checkpoints the log would hold them all.
  for (let round = 0; round < 60; round += 1) {
    for (let unit = 0; unit < 10; unit += 1)
      await store.putApart(
        Array.from({ length: 25 }, (_, place) => round * 250 + unit * 25 + place),
        body,
      );
    largestBytes = Math.max(largestBytes, statSync(join(directory.path, 'muster.db-wal')).size);
    // A scan queues up behind the reader's checkpoint: the rest of the log is copied when it is through.
    await store.database.scan(sql<unknown>`select 1 as one`.compile(queries(store.database)));
  }
  assert.ok(largestBytes < 40e6, `the log grew to ${Math.round(largestBytes / 1e6)} MB`);
});

test('it starts anew too where there is always somebody who writes', async () => {
  await using directory = await temporaryDirectory();
  await using store = await Items.open(directory.path);
  await store.hurry();
  const body = 'x'.repeat(4_000);
  const next = { id: 0 };
  let largestBytes = 0;
  // 80 MB in all, of which a unit is always under way.
  const caller = async (): Promise<void> => {
    while (next.id < 20_000) {
      const ids = Array.from({ length: 3 }, () => next.id++);
      await store.putApart(ids, body);
      largestBytes = Math.max(largestBytes, statSync(join(directory.path, 'muster.db-wal')).size);
    }
  };
  await Promise.all([caller(), caller()]);
  assert.ok(largestBytes < 30e6, `the log grew to ${Math.round(largestBytes / 1e6)} MB`);
});

test('a thread that cannot start is not started again and again; meanwhile the main thread writes', async () => {
  await using directory = await temporaryDirectory();
  let nowMs = 0;
  const deaths: string[] = [];
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const log = { ...quietLog, error: (message: string) => void deaths.push(message), child: () => log };
  await using store = new Items(
    await openDatabase({ ...databaseDefaults(), clock, log, dataDir: directory.path, migrations: [items] }),
  );
  // Whoever has the file open keeps it; nobody can open it any more.
  rmSync(join(directory.path, 'muster.db'));
  mkdirSync(join(directory.path, 'muster.db'));
  const putMany = async (): Promise<void> => {
    for (let unit = 0; unit < 50; unit += 1) await store.putApart([nextId++]);
  };
  let nextId = 0;
  while (deaths.length === 0) await putMany();
  for (let round = 0; round < 10; round += 1) {
    await putMany();
    // Long enough for a thread to start, and to die.
    await store.database.scan(sql<unknown>`select 1 as one`.compile(queries(store.database))).catch(() => undefined);
  }
  assert.deepEqual(
    await store.ids(),
    Array.from({ length: nextId }, (_, id) => id),
  );
  const ofTheWriter = (): number => deaths.filter((message) => message.includes('writer')).length;
  assert.equal(ofTheWriter(), 1);
  nowMs += 60_000;
  while (ofTheWriter() === 1) await putMany();
});

test('a killed process has lost nothing that was acknowledged, whoever wrote it', async () => {
  await using directory = await temporaryDirectory();
  const child = fork(join(import.meta.dirname, 'killed-writer.fixture.ts'), [directory.path, 'apart'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const acknowledged: number[] = [];
  await new Promise<void>((resolve) => {
    child.on('message', (id: number) => {
      acknowledged.push(id);
      if (acknowledged.length === 500) resolve();
    });
  });
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await using store = await Items.open(directory.path);
  const found = new Set(await store.ids());
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(id)),
    [],
  );
});
