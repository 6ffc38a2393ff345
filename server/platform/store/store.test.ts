// The store's contract, the same on every database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { eachDatabase } from '@muster/testkit/database.ts';
import {
  afterCommit,
  DatabaseClosed,
  isUniqueViolation,
  prepare,
  queries,
  StatementFailed,
  tables,
  UnitEnded,
  UnitTimedOut,
} from './index.ts';
import type { Database, MigrationList, Tx } from './index.ts';

interface Tables {
  item: { account: string; id: string; count: number; body: Uint8Array | null };
}

const items: MigrationList = {
  prefix: 'items',
  migrations: {
    '001-init': {
      async up(db) {
        await db.schema
          .createTable('item')
          .addColumn('account', 'text', (column) => column.notNull())
          .addColumn('id', 'text', (column) => column.notNull())
          .addColumn('count', 'integer', (column) => column.notNull())
          .addColumn('body', 'blob')
          .addPrimaryKeyConstraint('item_key', ['account', 'id'])
          .execute();
      },
    },
  },
};

const findItem = prepare<Tables, { id: string }, Tables['item']>((db, param) =>
  db.selectFrom('item').selectAll().where('account', '=', 'a').where('id', '=', param('id')),
);

const findNothing = prepare<Tables, Record<string, never>>((db) => db.selectFrom('item').select(sql`nonsense`.as('nothing')));
const insertItem = prepare<Tables, { id: string; count: number }>((db, param) =>
  db.insertInto('item').values({ account: 'a', id: param('id'), count: param('count'), body: null }),
);

const raise = prepare<Tables, { id: string; by: number }>((db, param) =>
  db
    .updateTable('item')
    .set((eb) => ({ count: eb('count', '+', param('by')) }))
    .where('id', '=', param('id')),
);

const put = (tx: Tx, id: string, count = 0): Promise<number> => insertItem.changes(tx, { id, count });
const ids = async (database: Database): Promise<string[]> => {
  const rows = await database.read((tx) => tables<Tables>(tx).selectFrom('item').select('id').orderBy('id').execute());
  return rows.map((row) => row.id);
};

eachDatabase((_kind, open) => {
  test('what a unit wrote is read back', async () => {
    await using database = await open([items]);
    const item = { account: 'a', id: '1', count: 1_800_000_000_000, body: Buffer.from([1, 0, 255]) };
    await database.write('put', (tx) => tables<Tables>(tx).insertInto('item').values(item).execute());
    assert.deepEqual(await database.read((tx) => tables<Tables>(tx).selectFrom('item').selectAll().execute()), [item]);
    assert.deepEqual(await database.read((tx) => findItem(tx, { id: '1' })), [item]);
  });

  test('what a unit asks for after its commit happens once, before its promise resolves, and never for a unit that failed', async () => {
    await using database = await open([items]);
    const happened: string[] = [];
    const good = database
      .write('good', async (tx) => {
        afterCommit(tx, () => happened.push('after commit'));
        afterCommit(tx, () => assert.fail('a callback that throws is logged'));
        await tables<Tables>(tx).insertInto('item').values({ account: 'a', id: '1', count: 1, body: null }).execute();
        happened.push('written');
      })
      .then(() => happened.push('resolved'));
    const bad = database.write('bad', async (tx) => {
      afterCommit(tx, () => happened.push('never'));
      throw new Error('no');
    });
    await assert.rejects(bad, /no/);
    await good;
    assert.deepEqual(happened, ['written', 'after commit', 'resolved']);
  });

  test('a unit that throws writes nothing, wherever it stands in its batch, and the others are not affected', async () => {
    await using database = await open([items]);
    const results = await Promise.allSettled(
      ['1', '2', '3', '4', '5', '6'].map((id, index) =>
        database.write('put', async (tx) => {
          await put(tx, id);
          if (index === 0 || index === 3) throw new Error(`no ${id}`);
        }),
      ),
    );
    assert.deepEqual(
      results.map((result) => result.status),
      ['rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual(await ids(database), ['2', '3', '5', '6']);
  });

  test('a statement that fails fails its unit, even when the unit catches the error', async () => {
    await using database = await open([items]);
    await database.write('put', (tx) => put(tx, '1'));
    const again = database.write('put', async (tx) => {
      await put(tx, '2');
      await put(tx, '1').catch(() => undefined);
    });
    await assert.rejects(again, (error) => error instanceof StatementFailed && isUniqueViolation(error));
    assert.deepEqual(await ids(database), ['1']);
  });

  test('units run in the order of their writes, each sees those before it', async () => {
    await using database = await open([items]);
    await database.write('put', (tx) => put(tx, '1'));
    const seen = await Promise.all(
      Array.from({ length: 40 }, () =>
        database.write('raise', async (tx) => {
          await raise.changes(tx, { id: '1', by: 1 });
          return (await findItem(tx, { id: '1' }))[0]?.count;
        }),
      ),
    );
    assert.deepEqual(
      seen,
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });

  test('a write is committed when its promise resolves, and not read before', async () => {
    await using database = await open([items]);
    const early: Promise<string[]>[] = [];
    await database.write('put', async (tx) => {
      await put(tx, '1');
      early.push(ids(database));
      await put(tx, '2');
      early.push(ids(database));
    });
    assert.deepEqual(await ids(database), ['1', '2']);
    // Asked in the middle of the unit, answered before its commit or after it: nothing of it, or all.
    for (const seen of await Promise.all(early)) assert.ok(seen.length === 0 || seen.length === 2, `saw ${seen.join()}`);
  });

  test('a handle that outlives its unit is refused', async () => {
    await using database = await open([items]);
    let leaked: Tx | undefined;
    await database.write('leak', async (tx) => {
      leaked = tx;
    });
    await assert.rejects(put(leaked as Tx, '1'), UnitEnded);
    assert.deepEqual(await ids(database), []);
  });

  test('a unit that awaits something else than the database is given up, and those behind it go on', async () => {
    const clock = createSimulatedClock();
    await using database = await open([items], { clock });
    const stuck = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    let leaked: Promise<number> | undefined;
    const bad = database.write('stuck', async (tx) => {
      await put(tx, '1');
      started.resolve();
      await stuck.promise;
      leaked = put(tx, '2');
      await leaked;
    });
    const good = database.write('good', (tx) => put(tx, '3'));
    const refused = assert.rejects(bad, UnitTimedOut);
    await started.promise;
    await clock.advance(10_000);
    await refused;
    await good;
    stuck.resolve();
    await assert.rejects(async () => {
      await new Promise(setImmediate);
      await leaked;
    }, UnitEnded);
    assert.deepEqual(await ids(database), ['3']);
  });

  test('values come back as they went in, and what the databases would store differently is refused', async () => {
    await using database = await open([items]);
    const rows = await database.write('values', async (tx) => {
      const db = tables<Tables>(tx);
      await db
        .insertInto('item')
        .values([
          { account: 'a', id: 'Zürich', count: Number.MAX_SAFE_INTEGER, body: Buffer.alloc(0) },
          { account: 'a', id: 'a', count: -1, body: null },
        ])
        .execute();
      return db
        .selectFrom('item')
        .select((eb) => [eb.fn.countAll<number>().as('all'), eb.fn.sum<number>('count').as('sum')])
        .execute();
    });
    assert.deepEqual(rows, [{ all: 2, sum: Number.MAX_SAFE_INTEGER - 1 }]);
    assert.deepEqual(await ids(database), ['Zürich', 'a'], 'text sorts by its bytes');
    assert.deepEqual(await database.read((tx) => tables<Tables>(tx).selectFrom('item').select('body').orderBy('id').execute()), [
      { body: Buffer.alloc(0) },
      { body: null },
    ]);
    for (const value of [true, undefined, new Date(0), { a: 1 }]) {
      await assert.rejects(
        database.read((tx) => sql`select * from item where id = ${value}`.execute(tables(tx))),
        `${JSON.stringify(value)} was bound`,
      );
    }
  });

  test('prepared statements answer rows and count changes', async () => {
    await using database = await open([items]);
    await database.write('put', (tx) => put(tx, '1', 5));
    assert.equal(await database.write('raise', (tx) => raise.changes(tx, { id: '1', by: 2 })), 1);
    assert.equal(await database.write('raise', (tx) => raise.changes(tx, { id: 'nobody', by: 2 })), 0);
    assert.deepEqual(await database.read((tx) => findItem(tx, { id: '1' })), [{ account: 'a', id: '1', count: 7, body: null }]);
    const countOf = (id: string) => database.read((tx) => findItem.first(tx, { id }, ({ count }) => count));
    assert.deepEqual([await countOf('1'), await countOf('nobody')], [7, undefined]);
  });

  test('a prepared statement that fails is a promise that rejects, for whoever asks, and fails its unit', async () => {
    await using database = await open([items]);
    const asked = [
      (tx: Tx) => findNothing(tx, {}),
      (tx: Tx) => findNothing.first(tx, {}, (row) => row),
      (tx: Tx) => findNothing.changes(tx, {}),
    ];
    for (const ask of asked) {
      let leaked: Tx | undefined;
      const unit = database.write('fails', async (tx) => {
        leaked = tx;
        await put(tx, '1');
        // No `await` before: what is thrown at once would not come here.
        return ask(tx).catch(() => undefined);
      });
      await assert.rejects(unit, StatementFailed);
      await assert.rejects(ask(leaked as Tx), UnitEnded);
    }
    assert.deepEqual(await ids(database), []);
    const refuse = (): never => {
      throw new Error('no such row');
    };
    await database.write('put', (tx) => put(tx, '1'));
    await assert.rejects(
      database.read((tx) => findItem.first(tx, { id: '1' }, refuse)),
      /no such row/,
    );
  });

  test('a scan reads what is committed', async () => {
    await using database = await open([items]);
    const body = Buffer.from('bytes');
    await database.write('put', (tx) =>
      tables<Tables>(tx).insertInto('item').values({ account: 'a', id: '1', count: 1, body }).execute(),
    );
    const query = queries<Tables>(database).selectFrom('item').selectAll().where('count', '>', 0).compile();
    assert.deepEqual(await database.scan(query), [{ account: 'a', id: '1', count: 1, body }]);
    await assert.rejects(database.scan(sql<unknown>`select nonsense from item`.compile(queries(database))), StatementFailed);
  });

  test('many writers at once lose nothing', async () => {
    await using database = await open([items]);
    await database.write('put', (tx) => put(tx, 'sum'));
    const results = await Promise.allSettled(
      Array.from({ length: 300 }, (_, index) =>
        database.write('raise', async (tx) => {
          await raise.changes(tx, { id: 'sum', by: 1 });
          await put(tx, `${index}`);
          if (index % 7 === 0) throw new Error('no');
        }),
      ),
    );
    const done = results.filter((result) => result.status === 'fulfilled').length;
    assert.equal(done, 257);
    assert.equal((await ids(database)).length, done + 1);
    assert.equal((await database.read((tx) => findItem(tx, { id: 'sum' })))[0]?.count, done);
  });

  test('closing finishes what was written and refuses the rest', async () => {
    await using database = await open([items]);
    const last = database.write('put', (tx) => put(tx, '1'));
    const closing = database.close();
    await assert.rejects(
      database.write('late', (tx) => put(tx, '2')),
      DatabaseClosed,
    );
    assert.equal(await last, 1);
    await closing;
    await assert.rejects(ids(database), DatabaseClosed);
  });
});
