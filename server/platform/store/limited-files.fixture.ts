// A process whose files may not grow beyond 18 MB (its parent says so). The database file comes to that when the rest of the log is copied, on the main
// thread; the log itself does not. Tells its parent how many rows it could write.
import { sql } from 'kysely';
import { databaseDefaults } from '@muster/testkit/database.ts';
import { openDatabase, prepare, queries } from './index.ts';

interface Tables {
  item: { id: number; body: string };
}

const insertItem = prepare<Tables, { id: number; body: string }>((db, param) =>
  db.insertInto('item').values({ id: param('id'), body: param('body') }),
);

await using database = await openDatabase({
  ...databaseDefaults(),
  dataDir: process.argv[2] ?? '',
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

let written = 0;
/** A page each. */
const put = async (rows: number): Promise<void> => {
  await database.write('put', async (tx) => {
    for (let row = 0; row < rows; row += 1) await insertItem.changes(tx, { id: written + row, body: 'x'.repeat(4_000) });
  });
  written += rows;
};

// 16.8 MB: a checkpoint by the worker, behind which the scan waits. Then a rest that goes beyond what the file may have.
await put(4_100);
await database.scan(sql<unknown>`select 1 as one`.compile(queries(database)));
await put(450);
await put(1);
process.send?.(written);
process.disconnect?.();
