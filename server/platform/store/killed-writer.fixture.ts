// A process that writes until it is killed, and tells its parent about every write that was acknowledged.
import { databaseDefaults } from '@muster/testkit/database.ts';
import { openDatabase, tables } from './index.ts';

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

for (let id = 1; ; id += 1) {
  await database.write('put', (tx) => tables<Tables>(tx).insertInto('item').values({ id, body: 'written' }).execute());
  process.send?.(id);
}
