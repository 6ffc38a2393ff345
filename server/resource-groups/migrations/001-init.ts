// Groups and the members of those that name them. The members' key is the order in which a group is paged.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('resource_groups_group')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('description', 'text')
      .addColumn('criticality', 'integer')
      .addColumn('owner', 'text')
      .addColumn('display_name', 'text')
      .addColumn('query', 'text')
      .addColumn('configuration', 'text')
      .addPrimaryKeyConstraint('resource_groups_group_pk', ['account', 'region', 'name'])
      .execute();
    await db.schema
      .createTable('resource_groups_member')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('group_name', 'text', (c) => c.notNull())
      .addColumn('resource_kind', 'text', (c) => c.notNull())
      .addColumn('resource_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('resource_groups_member_pk', ['account', 'region', 'group_name', 'resource_kind', 'resource_id'])
      .execute();
  },
};

export default init;
