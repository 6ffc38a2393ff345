// What only PostgreSQL can show: replicas that meet on one row, connections that break, starts at the same time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { sql } from 'kysely';
import { databaseDefaults } from '@muster/testkit/database.ts';
import { ApiError } from '../api/errors.ts';
import { openDatabase, prepare, tables } from './index.ts';
import type { Database, MigrationList } from './index.ts';

interface Tables {
  item: { id: string; count: number };
}

const items: MigrationList = {
  prefix: 'items',
  migrations: {
    '001-init': {
      async up(db) {
        await db.schema
          .createTable('item')
          .addColumn('id', 'text', (column) => column.primaryKey())
          .addColumn('count', 'integer', (column) => column.notNull())
          .execute();
        await db.insertInto('item').values({ id: 'sum', count: 0 }).execute();
      },
    },
  },
};

const find = prepare<Tables, { id: string }, Tables['item']>((db, param) =>
  db.selectFrom('item').selectAll().where('id', '=', param('id')),
);

const url = process.env['MUSTER_TEST_POSTGRES_URL'];
if (url === undefined || url === '') console.log('postgres: replicas not run (MUSTER_TEST_POSTGRES_URL is not set)');
else void describe('postgres', () => onServer(url));

function onServer(url: string): void {
  const admin = async (text: string): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(text);
    await client.end();
  };

  /** Replicas that start at the same time in one fresh schema. */
  const withReplicas = async (
    schema: string,
    count: number,
    work: (replicas: readonly Database[]) => Promise<void>,
  ): Promise<void> => {
    const name = `${schema}_${process.pid}`;
    await admin(`create schema ${name}`);
    const schemaUrl = new URL(url);
    schemaUrl.searchParams.set('options', `-c search_path=${name}`);
    const opened = Array.from({ length: count }, () =>
      openDatabase({ ...databaseDefaults(), url: schemaUrl.href, migrations: [items] }),
    );
    try {
      await work(await Promise.all(opened));
    } finally {
      for (const result of await Promise.allSettled(opened)) if (result.status === 'fulfilled') await result.value.close();
      await admin(`drop schema ${name} cascade`);
    }
  };

  /** Reads, then writes what it computed: lost unless units behave as if one ran after another. */
  const raise = (database: Database): Promise<void> =>
    database.write('raise', async (tx) => {
      const [row] = await find(tx, { id: 'sum' });
      await tables<Tables>(tx)
        .updateTable('item')
        .set({ count: (row?.count ?? 0) + 1 })
        .where('id', '=', 'sum')
        .execute();
    });
  const sum = async (database: Database): Promise<number | undefined> =>
    (await database.read((tx) => find(tx, { id: 'sum' })))[0]?.count;

  const killWriter = (database: Database): Promise<unknown> =>
    database
      .write('pid', async (tx) => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tables(tx))).rows[0]?.pid)
      .then((pid) => admin(`select pg_terminate_backend(${pid})`));

  test('replicas that start together migrate once, and read-then-write units of both lose nothing', async () => {
    await withReplicas('muster_replicas', 2, async ([first, second]) => {
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) => raise((index % 2 === 0 ? first : second) as Database)),
      );
      const done = results.filter((result) => result.status === 'fulfilled').length;
      assert.equal(done, 40);
      assert.equal(await sum(first as Database), 40);
    });
  });

  test('a replica with one writer gets its turn beside one with many, and both have chosen keys by what they read', async () => {
    await withReplicas('muster_turns', 2, async ([busy, quiet]) => {
      assert.ok(busy !== undefined && quiet !== undefined);
      const append = (database: Database): Promise<void> =>
        database.write('append', async (tx) => {
          const [row] = await find(tx, { id: 'sum' });
          const count = (row?.count ?? 0) + 1;
          await tables<Tables>(tx)
            .insertInto('item')
            .values({ id: `item ${count}`, count })
            .execute();
          await tables<Tables>(tx).updateTable('item').set({ count }).where('id', '=', 'sum').execute();
        });
      const often = async (database: Database, times: number): Promise<void> => {
        for (let at = 0; at < times; at += 1) await append(database);
      };
      await Promise.all([...Array.from({ length: 24 }, () => often(busy, 20)), often(quiet, 20)]);
      assert.equal(await sum(quiet), 500);
    });
  });

  test('a writer whose connection was ended connects again, and nothing is lost or done twice', async () => {
    await withReplicas('muster_lost', 1, async ([database]) => {
      assert.ok(database !== undefined);
      for (let round = 0; round < 3; round += 1) {
        const writes = Array.from({ length: 20 }, () => raise(database));
        await killWriter(database);
        await Promise.all([...writes, raise(database)]);
      }
      assert.equal(await sum(database), 63);
    });
  });

  test('a read whose connection ends is asked to come back, and the next one reads', async () => {
    await withReplicas('muster_read', 1, async ([database]) => {
      assert.ok(database !== undefined);
      const reads = Array.from({ length: 3 }, () =>
        database.read((tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tables(tx))),
      );
      for (const outcome of await Promise.allSettled(reads)) {
        assert.ok(outcome.status === 'rejected');
        assert.ok(outcome.reason instanceof ApiError);
        assert.deepEqual([outcome.reason.code, outcome.reason.httpStatus], ['ServiceUnavailable', 503]);
      }
      assert.equal(await sum(database), 0);
    });
  });

  test('a unit whose connection ends in its middle runs again', async () => {
    await withReplicas('muster_middle', 1, async ([database]) => {
      assert.ok(database !== undefined);
      let runs = 0;
      await database.write('kills itself', async (tx) => {
        runs += 1;
        await tables<Tables>(tx).insertInto('item').values({ id: 'once', count: runs }).execute();
        if (runs === 1) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tables(tx));
      });
      assert.deepEqual(await database.read((tx) => find(tx, { id: 'once' })), [{ id: 'once', count: 2 }]);
    });
  });

  test('a transaction that could not begin keeps neither its session nor the other replicas from what comes after it', async () => {
    await withReplicas('muster_begin', 1, async ([database]) => {
      assert.ok(database !== undefined);
      const run = (text: string): Promise<unknown> => database.write('run', (tx) => sql.raw(text).execute(tables(tx)));
      await run('create sequence asked');
      // Nearer to the number's type than PostgreSQL's own: the second transaction that asks it fails to begin.
      await run(`create function pg_try_advisory_xact_lock_shared(key integer) returns boolean language plpgsql as $$ begin
        if nextval('asked') = 2 then raise 'not now'; end if;
        return pg_catalog.pg_try_advisory_xact_lock_shared(key::bigint); end $$`);
      const again = database.write('again', (tx) =>
        tables<Tables>(tx).insertInto('item').values({ id: 'sum', count: 0 }).execute(),
      );
      await assert.rejects(again, /not now/);
      const locks = sql<{
        count: number;
      }>`select count(*) as count from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock'
        and database = (select oid from pg_database where datname = current_database())`;
      const { rows } = await database.read((tx) => locks.execute(tables(tx)));
      assert.equal(rows[0]?.count, 0);
      await raise(database);
      assert.equal(await sum(database), 1);
    });
  });
}
