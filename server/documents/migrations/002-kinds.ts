// What documents of every type carry beyond those that are run: who made a version, which documents it requires, and its reviews.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const kinds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['approved_version', 'pending_version'])
      await db.schema
        .alterTable('documents_document')
        .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    for (const [column, empty] of [
      ['author', ''],
      ['requires', '[]'],
    ] as const)
      await db.schema
        .alterTable('documents_version')
        .addColumn(column, 'text', (c) => c.notNull().defaultTo(empty))
        .execute();
    await db.schema.alterTable('documents_version').addColumn('review_status', 'text').execute();
    await db.schema
      .createTable('documents_review')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('sequence', 'integer', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('comment', 'text')
      .addColumn('reviewer', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('documents_review_pk', ['account', 'region', 'name', 'version', 'sequence'])
      .execute();
  },
};

export default kinds;
