// Events that wait for their relay. The key is the id alone: the relay walks all accounts in the order of time, and inserts only
// ever append to it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('outbox_event')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('detail_type', 'text', (column) => column.notNull())
      .addColumn('detail', 'text', (column) => column.notNull())
      .addColumn('resources', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .execute();
  },
};

export default init;
