// What only the embedded database promises: durability settings, the directory lock, crashes, migrations, the log kept short.
import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { sql } from 'kysely';
import { databaseDefaults, temporaryDirectory } from '@muster/testkit/database.ts';
import { systemClock } from '../time/clock.ts';
import {
  DataDirectoryLocked,
  DataTooNew,
  lockDataDirectory,
  openDatabase,
  prepare,
  queries,
  SimulatedCrash,
  tables,
} from './index.ts';
import type { Database, MigrationList, OpenOptions } from './index.ts';

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

const nextTurnOf = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const open = (dataDir: string, options: Partial<OpenOptions> = {}): Promise<Database> =>
  openDatabase({ ...databaseDefaults(), dataDir, migrations: [items], ...options });
const put = (database: Database, id: number, body = ''): Promise<number> =>
  database.write('put', (tx) => insertItem.changes(tx, { id, body }));
const ids = (database: Database): Promise<number[]> =>
  database.read(async (tx) => {
    const rows = await tables<Tables>(tx).selectFrom('item').select('id').orderBy('id').execute();
    return rows.map((row) => row.id);
  });

test('an acknowledged write is on the disk: write-ahead log, synchronous=FULL, foreign keys checked', async () => {
  await using directory = await temporaryDirectory();
  await using database = await open(directory.path);
  const pragma = (name: string): Promise<unknown> =>
    database.write('pragma', async (tx) => {
      const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(tables(tx));
      return Object.values(rows[0] ?? {})[0];
    });
  assert.equal(await pragma('journal_mode'), 'wal');
  assert.equal(await pragma('synchronous'), 2, 'less than FULL loses acknowledged writes when the power fails');
  assert.equal(await pragma('foreign_keys'), 1);
  assert.equal(await pragma('trusted_schema'), 0);
  assert.equal(await pragma('wal_autocheckpoint'), 0, 'SQLite would checkpoint on the main thread, inside a COMMIT');
  assert.equal(statSync(join(directory.path, 'muster.db')).mode & 0o777, 0o600);
});

test('reads cannot write', async () => {
  await using directory = await temporaryDirectory();
  await using database = await open(directory.path);
  await assert.rejects(
    database.read((tx) => tables<Tables>(tx).insertInto('item').values({ id: 1, body: '' }).execute()),
    /readonly/,
  );
  await assert.rejects(
    database.scan(queries<Tables>(database).insertInto('item').values({ id: 1, body: '' }).returningAll().compile()),
    /readonly/,
  );
});

test('a second database on the same directory is refused by name until the first is closed', async () => {
  await using directory = await temporaryDirectory();
  const first = await open(directory.path);
  await assert.rejects(open(directory.path), (error) => {
    assert.ok(error instanceof DataDirectoryLocked);
    assert.equal(error.directory, directory.path);
    return true;
  });
  await put(first, 1);
  await first.close();
  await using second = await open(directory.path);
  assert.deepEqual(await ids(second), [1]);
});

test('a lock taken before stays with its taker', async () => {
  await using directory = await temporaryDirectory();
  const lock = lockDataDirectory(directory.path);
  assert.throws(() => lockDataDirectory(directory.path), DataDirectoryLocked);
  await using database = await open(directory.path, { lock });
  await database.close();
  assert.throws(() => lockDataDirectory(directory.path), DataDirectoryLocked);
  lock.release();
  lockDataDirectory(directory.path).release();
});

test('no file of the database may be read by others, the lock least of all: who can read it can lock it', async () => {
  await using directory = await temporaryDirectory();
  // As a data directory that an operator made, and a lock of an earlier version.
  chmodSync(directory.path, 0o755);
  writeFileSync(join(directory.path, 'lock.db'), '', { mode: 0o644 });
  await using database = await open(directory.path, { lock: lockDataDirectory(directory.path) });
  for (const file of readdirSync(directory.path)) assert.equal(statSync(join(directory.path, file)).mode & 0o077, 0, file);
  await database.close();
});

test('a killed process keeps neither the lock nor what it had not committed, and loses nothing that it had', async () => {
  await using directory = await temporaryDirectory();
  const child = fork(join(import.meta.dirname, 'killed-writer.fixture.ts'), [directory.path], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const acknowledged: number[] = [];
  await new Promise<void>((resolve) => {
    child.on('message', (id: number) => {
      acknowledged.push(id);
      if (acknowledged.length === 50) resolve();
    });
  });
  assert.throws(() => lockDataDirectory(directory.path), DataDirectoryLocked);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await using database = await open(directory.path);
  const found = new Set(await ids(database));
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(id)),
    [],
  );
});

test('a crash at any statement loses exactly what was not acknowledged', async () => {
  let statement = 1;
  for (let crashed = true; crashed; statement += 1) {
    await using directory = await temporaryDirectory();
    const database = await open(directory.path, { inThread: true, crashAtStatement: statement });
    const acknowledged = new Set<number>();
    const results = await Promise.allSettled(
      [10, 20, 30, 40].map((id) =>
        database
          .write('pair', async (tx) => {
            await insertItem(tx, { id, body: 'first' });
            await insertItem(tx, { id: id + 1, body: 'second' });
          })
          .then(() => acknowledged.add(id)),
      ),
    );
    crashed = results.some((result) => result.status === 'rejected');
    for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof SimulatedCrash);
    if (crashed) await assert.rejects(ids(database), SimulatedCrash);
    else await database.close();

    await using after = await open(directory.path, { inThread: true });
    const found = new Set(await ids(after));
    for (const id of [10, 20, 30, 40]) {
      assert.equal(found.has(id), found.has(id + 1), `statement ${statement}: half of unit ${id} is there`);
      if (acknowledged.has(id)) assert.ok(found.has(id), `statement ${statement}: unit ${id} was acknowledged and is lost`);
    }
  }
  // begin, 4 × 2 inserts, 3 savepoints, 3 releases, commit, committed.
  assert.equal(statement - 2, 17);
});

test('a hook sees every statement of the writer and may end everything', async () => {
  await using directory = await temporaryDirectory();
  const seen: string[] = [];
  await using database = await open(directory.path, {
    inThread: true,
    onStatement: (n, text) => seen.push(`${n} ${text.split(' ')[0]}`),
  });
  await put(database, 1);
  assert.deepEqual(seen, ['1 begin', '2 insert', '3 commit', '4 committed']);
});

test('data of a newer version is refused, and left as it is', async () => {
  await using directory = await temporaryDirectory();
  const newer: MigrationList = {
    prefix: 'items',
    migrations: { ...items.migrations, '002-later': { up: () => Promise.resolve() } },
  };
  const first = await open(directory.path, { migrations: [newer] });
  await put(first, 1);
  await first.close();
  await assert.rejects(open(directory.path), (error) => {
    assert.ok(error instanceof DataTooNew);
    assert.deepEqual(error.unknownMigrations, ['items/002-later']);
    return true;
  });
  await using again = await open(directory.path, { migrations: [newer] });
  assert.deepEqual(await ids(again), [1]);
});

test('a migration that fails leaves nothing behind and runs again the next time', async () => {
  await using directory = await temporaryDirectory();
  const broken: MigrationList = {
    prefix: 'broken',
    migrations: {
      '001-half': {
        async up(db) {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          throw new Error('no further');
        },
      },
    },
  };
  await assert.rejects(open(directory.path, { migrations: [items, broken] }), /no further/);
  await using database = await open(directory.path);
  await put(database, 1);
  const found = await database.read((tx) => sql`select name from sqlite_schema where name = 'half'`.execute(tables(tx)));
  assert.deepEqual(found.rows, []);
});

test('the write-ahead log starts anew while writes go on', async () => {
  await using directory = await temporaryDirectory();
  await using database = await open(directory.path);
  const body = 'x'.repeat(4_000);
  let largestBytes = 0;
  // 60 MB in all: without checkpoints the log would hold them all.
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(Array.from({ length: 250 }, (_, index) => put(database, round * 250 + index, body)));
    largestBytes = Math.max(largestBytes, statSync(join(directory.path, 'muster.db-wal')).size);
    // A scan queues up behind the worker's checkpoint: the rest of the log is copied when it is through.
    await database.scan(sql<unknown>`select 1 as one`.compile(queries(database)));
  }
  assert.ok(largestBytes < 40e6, `the log grew to ${Math.round(largestBytes / 1e6)} MB`);
});

test('a database file that cannot grow stops neither the process nor what the log has room for', async () => {
  await using directory = await temporaryDirectory();
  const fixture = join(import.meta.dirname, 'limited-files.fixture.ts');
  // In blocks of 512 bytes.
  const child = spawn('sh', ['-c', 'ulimit -f 35156 && exec "$0" "$@"', process.execPath, fixture, directory.path], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  assert.ok(child.stderr !== null);
  const told: unknown[] = [];
  child.on('message', (written) => told.push(written));
  const [complaint] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.deepEqual({ told, code: child.exitCode }, { told: [4_551], code: 0 }, complaint);
});

test('callers whom one COMMIT answered share the next, though they come back one after another: on a slow disk all, else some', async () => {
  const [CALLERS, ROUNDS, SLOW_MS] = [16, 10, 5];
  await using directory = await temporaryDirectory();
  const commits = { count: 0, delayMs: 0 };
  let nowMs = 0;
  // Every look at the clock is a moment; a COMMIT takes its time.
  const clock = { ...systemClock, monotonicMs: () => (nowMs += 0.01) };
  const onStatement = (_n: number, statement: string): void => {
    if (statement === 'commit') nowMs += commits.delayMs;
    if (statement === 'committed') commits.count += 1;
  };
  await using database = await open(directory.path, { clock, onStatement });
  let id = 0;
  const callers = (rounds: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, place) => {
        for (let round = 0; round < rounds; round += 1) {
          await put(database, (id += 1));
          for (let turns = 0; turns < place; turns += 1) await nextTurnOf();
        }
      }),
    );
  await callers(ROUNDS);
  const onFastDisk = commits.count;
  commits.delayMs = SLOW_MS;
  await callers(ROUNDS);
  commits.count = 0;
  await callers(ROUNDS);
  assert.equal(commits.count, ROUNDS);
  // Eight turns that each bring somebody, whatever the disk.
  assert.ok(
    onFastDisk > ROUNDS && onFastDisk <= 3 * ROUNDS,
    `on a fast disk a batch waits for some turns only: ${onFastDisk} commits`,
  );
});
