// A process that writes until it is killed, and tells its parent about every write that was acknowledged. With `apart` every second one is written apart.
import { databaseDefaults } from '@muster/testkit/database.ts';
import { openDatabase, prepare, tables } from './index.ts';

interface Tables {
  item: { id: number; body: string };
}

const database = await openDatabase({
  ...databaseDefaults(),
  dataDir: process.argv[2] as string,
  migrations: [
    {
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
    },
  ],
});

const insertItem = prepare<Tables, { id: number; body: string }>((db, param) =>
  db.insertInto('item').values({ id: param('id'), body: param('body') }),
);
const apart = process.argv[3] === 'apart';

for (let id = 1; ; id += 1) {
  if (apart && id % 2 === 0) await database.writeApart?.('put', () => [insertItem.step('sqlite', [{ id, body: 'written' }])]);
  else await database.write('put', (tx) => tables<Tables>(tx).insertInto('item').values({ id, body: 'written' }).execute());
  process.send?.(id);
}
