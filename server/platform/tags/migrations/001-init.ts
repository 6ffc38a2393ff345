// Tags. Two indexes carry targets: both end in the resource's id, so a page of matches is read in id order and no more than that.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('tag')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('resource_type', 'text', (column) => column.notNull())
      .addColumn('resource_id', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_pk', ['account', 'region', 'resource_type', 'resource_id', 'key'])
      .execute();
    await db.schema
      .createIndex('tag_by_value')
      .on('tag')
      .columns(['account', 'region', 'resource_type', 'key', 'value', 'resource_id'])
      .execute();
    // `tag-key`: the key whatever its value.
    await db.schema
      .createIndex('tag_by_key')
      .on('tag')
      .columns(['account', 'region', 'resource_type', 'key', 'resource_id'])
      .execute();
  },
};

export default init;
