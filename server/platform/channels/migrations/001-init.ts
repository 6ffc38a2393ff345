// The mailbox: one row for each message that a node has not finished. The key starts with the job id, which starts with the command's,
// so the letters of one command lie side by side.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('mailbox_letter')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('node_id', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .addColumn('acked_at', 'integer')
      .addPrimaryKeyConstraint('mailbox_letter_key', ['account', 'region', 'job_id'])
      .execute();
    await db.schema
      .createIndex('mailbox_letter_node')
      .on('mailbox_letter')
      .columns(['account', 'region', 'node_id', 'kind', 'sequence'])
      .execute();
    await db.schema.createIndex('mailbox_letter_expiry').on('mailbox_letter').columns(['expires_at']).execute();
  },
};

export default init;
