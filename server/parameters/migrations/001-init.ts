// Parameters with their newest version, the versions before it, labels, and resource policies.
import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withVersion(db.schema.createTable('parameters_parameter'))
      .addColumn('parent', 'text', (c) => c.notNull())
      .addColumn('rooted', 'integer', (c) => c.notNull())
      .addColumn('oldest_version', 'integer', (c) => c.notNull())
      .addColumn('due_at', 'integer')
      .addPrimaryKeyConstraint('parameters_parameter_pk', ['account', 'region', 'key'])
      .execute();
    await db.schema
      .createIndex('parameters_parameter_parent')
      .on('parameters_parameter')
      .columns(['account', 'region', 'parent', 'key'])
      .execute();
    await db.schema
      .createIndex('parameters_parameter_due')
      .on('parameters_parameter')
      .columns(['due_at', 'account', 'region', 'key'])
      .where('due_at', 'is not', null)
      .execute();
    await withVersion(db.schema.createTable('parameters_version'))
      .addPrimaryKeyConstraint('parameters_version_pk', ['account', 'region', 'key', 'version'])
      .execute();
    await createLabels(db);
    await createSharing(db);
  },
};

function withVersion<Name extends string>(table: CreateTableBuilder<Name>) {
  return table
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text')
    .addColumn('description', 'text')
    .addColumn('allowed_pattern', 'text')
    .addColumn('tier', 'text', (c) => c.notNull())
    .addColumn('data_type', 'text', (c) => c.notNull())
    .addColumn('policies', 'text', (c) => c.notNull())
    .addColumn('modified_at', 'integer', (c) => c.notNull())
    .addColumn('modified_by', 'text', (c) => c.notNull());
}

async function createLabels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('parameters_label')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('label', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('parameters_label_pk', ['account', 'region', 'key', 'label'])
    .execute();
  await db.schema
    .createIndex('parameters_label_label')
    .on('parameters_label')
    .columns(['account', 'region', 'label', 'key', 'version'])
    .execute();
}

async function createSharing(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('parameters_resource_policy')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('policy_id', 'text', (c) => c.notNull())
    .addColumn('policy_hash', 'text', (c) => c.notNull())
    .addColumn('policy', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('parameters_resource_policy_pk', ['account', 'region', 'key'])
    .execute();
  await db.schema
    .createTable('parameters_grantee')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('grantee', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('parameters_grantee_pk', ['account', 'region', 'key', 'grantee'])
    .execute();
  await db.schema
    .createIndex('parameters_grantee_grantee')
    .on('parameters_grantee')
    .columns(['region', 'grantee', 'account', 'key'])
    .execute();
}

export default init;
