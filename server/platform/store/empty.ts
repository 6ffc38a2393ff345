// Empties every table but the record of migrations: for the reset of development mode, which test suites call between tests. One unit of
// work; on SQLite a DELETE without a condition truncates, so it costs the tables, not their rows.
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { tables } from './transaction.ts';

const KEPT = 'muster_migration';

export async function emptyDatabase(database: Database): Promise<void> {
  await database.write('store.empty', async (tx) => {
    const db = tables<Record<string, Record<string, unknown>>>(tx);
    const catalogue =
      database.dialect === 'sqlite'
        ? sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
        : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`;
    const { rows } = await catalogue.execute(db);
    for (const { name } of rows) if (name !== KEPT) await db.deleteFrom(name).execute();
  });
}
