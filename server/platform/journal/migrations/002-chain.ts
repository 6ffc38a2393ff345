// The chain over the entries: a hash for each, the signed head and the signed cut of each scope, checkpoints on the way, and the terms by
// which entries are looked up. All of it is written afterwards, so that a deed pays for none of it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const chain: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('journal_hash')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_hash_pk', ['account', 'region', 'sequence'])
      .execute();
    await db.schema
      .createTable('journal_chain')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('sealed_sequence', 'integer', (column) => column.notNull())
      .addColumn('sealed_hash', 'text', (column) => column.notNull())
      .addColumn('sealed_at', 'integer', (column) => column.notNull())
      .addColumn('sealed_signature', 'text', (column) => column.notNull())
      .addColumn('sealed_bytes', 'integer', (column) => column.notNull())
      .addColumn('cut_sequence', 'integer', (column) => column.notNull())
      .addColumn('cut_hash', 'text', (column) => column.notNull())
      .addColumn('cut_at', 'integer', (column) => column.notNull())
      .addColumn('cut_signature', 'text', (column) => column.notNull())
      .addColumn('cut_bytes', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_chain_pk', ['account', 'region'])
      .execute();
    await db.schema
      .createTable('journal_checkpoint')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('signature', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_checkpoint_pk', ['account', 'region', 'sequence'])
      .execute();
    await db.schema
      .createTable('journal_term')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('term', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_term_pk', ['account', 'region', 'term', 'at', 'sequence'])
      .execute();
  },
};

export default chain;
