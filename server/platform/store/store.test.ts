// The store's contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { afterCommit, prepare, tables } from './index.ts';
import type { MigrationList } from './index.ts';

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
});
