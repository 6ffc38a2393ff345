// The journal: entries by their place in the order of commits, and by time for those who look something up.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('journal_entry')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('event_source', 'text', (column) => column.notNull())
      .addColumn('event_name', 'text', (column) => column.notNull())
      .addColumn('audit_class', 'text', (column) => column.notNull())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
      .addColumn('source_ip', 'text', (column) => column.notNull())
      .addColumn('user_agent', 'text', (column) => column.notNull())
      .addColumn('request_parameters', 'text', (column) => column.notNull())
      .addColumn('resources', 'text', (column) => column.notNull())
      .addColumn('error_code', 'text')
      .addColumn('error_message', 'text')
      .addPrimaryKeyConstraint('journal_entry_pk', ['account', 'region', 'sequence'])
      .execute();
    await db.schema
      .createIndex('journal_entry_by_time')
      .on('journal_entry')
      .columns(['account', 'region', 'at', 'sequence'])
      .execute();
    await db.schema
      .createTable('journal_head')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_head_pk', ['account', 'region'])
      .execute();
  },
};

export default init;
