// Keys, the versions of their material, and aliases. Only sealed material is stored.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('keys_key')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('manager', 'text', (c) => c.notNull())
      .addColumn('description', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('policy', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('deletion_at', 'integer')
      .addColumn('deletion_days', 'integer')
      .addColumn('rotation_days', 'integer')
      .addColumn('rotation_at', 'integer')
      .addPrimaryKeyConstraint('keys_key_pk', ['account', 'region', 'key_id'])
      .execute();
    await db.schema.createIndex('keys_key_deletion').on('keys_key').column('deletion_at').execute();
    await db.schema.createIndex('keys_key_rotation').on('keys_key').column('rotation_at').execute();
    await db.schema
      .createTable('keys_material')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('material_id', 'text', (c) => c.notNull())
      .addColumn('sealed_material', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('on_demand', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('keys_material_pk', ['account', 'region', 'key_id', 'version'])
      .execute();
    await db.schema
      .createTable('keys_alias')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('keys_alias_pk', ['account', 'region', 'name'])
      .execute();
    await db.schema.createIndex('keys_alias_key').on('keys_alias').columns(['account', 'region', 'key_id', 'name']).execute();
  },
};
export default init;
