// What IAM names: users, groups, roles, instance profiles and policies in one table, since they have name, path and id in common and are listed
// alike; what hangs on them refers to their id, so that a new name touches one row. Access keys learn whose they are and when they were used.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdentityTables } from '../tables.ts';

type Database = Kysely<IdentityTables>;

const entities: Migration = {
  async up(db: Database): Promise<void> {
    await createEntities(db);
    await createPolicies(db);
    await createBelongings(db);
    await createAccountThings(db);
    await extendAccessKeys(db);
  },
};

export default entities;

async function createEntities(db: Database): Promise<void> {
  await db.schema
    .createTable('identity_entity')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('boundary_arn', 'text')
    .addColumn('description', 'text')
    .addColumn('trust_policy', 'text')
    .addColumn('max_session_seconds', 'integer')
    .addColumn('service', 'text')
    .addColumn('role_id', 'text')
    .addColumn('default_version', 'integer')
    .addColumn('last_version', 'integer')
    .addColumn('updated_at', 'integer')
    .addPrimaryKeyConstraint('identity_entity_key', ['account', 'region', 'kind', 'name_key'])
    .execute();
  await db.schema
    .createIndex('identity_entity_by_id')
    .unique()
    .on('identity_entity')
    .columns(['account', 'region', 'id'])
    .execute();
  await db.schema
    .createIndex('identity_entity_by_role')
    .on('identity_entity')
    .columns(['account', 'region', 'role_id'])
    .where('role_id', 'is not', null)
    .execute();
  await db.schema
    .createIndex('identity_entity_by_boundary')
    .on('identity_entity')
    .columns(['account', 'region', 'boundary_arn'])
    .where('boundary_arn', 'is not', null)
    .execute();
}

async function createPolicies(db: Database): Promise<void> {
  await db.schema
    .createTable('identity_policy_version')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('policy_id', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_policy_version_key', ['account', 'region', 'policy_id', 'version'])
    .execute();
  await db.schema
    .createTable('identity_inline_policy')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('entity_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_inline_policy_key', ['account', 'region', 'entity_id', 'name'])
    .execute();
  await db.schema
    .createTable('identity_attachment')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('entity_id', 'text', (column) => column.notNull())
    .addColumn('policy_arn', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_attachment_key', ['account', 'region', 'entity_id', 'policy_arn'])
    .execute();
  await db.schema
    .createIndex('identity_attachment_by_policy')
    .on('identity_attachment')
    .columns(['account', 'region', 'policy_arn', 'entity_id'])
    .execute();
}

async function createBelongings(db: Database): Promise<void> {
  await db.schema
    .createTable('identity_membership')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('group_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_membership_key', ['account', 'region', 'group_id', 'user_id'])
    .execute();
  await db.schema
    .createIndex('identity_membership_by_user')
    .on('identity_membership')
    .columns(['account', 'region', 'user_id', 'group_id'])
    .execute();
  await db.schema
    .createTable('identity_tag')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('entity_id', 'text', (column) => column.notNull())
    .addColumn('key_folded', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_tag_key', ['account', 'region', 'entity_id', 'key_folded'])
    .execute();
}

async function createAccountThings(db: Database): Promise<void> {
  await db.schema
    .createTable('identity_oidc_provider')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('client_ids', 'text', (column) => column.notNull())
    .addColumn('thumbprints', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_oidc_provider_key', ['account', 'region', 'url'])
    .execute();
  await db.schema
    .createTable('identity_account_alias')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('alias', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_account_alias_key', ['account', 'region'])
    .execute();
  await db.schema.createIndex('identity_account_alias_once').unique().on('identity_account_alias').columns(['alias']).execute();
}

async function extendAccessKeys(db: Database): Promise<void> {
  await db.schema.alterTable('identity_access_key').addColumn('user_id', 'text').execute();
  await db.schema.alterTable('identity_access_key').addColumn('last_used_at', 'integer').execute();
  await db.schema.alterTable('identity_access_key').addColumn('last_used_region', 'text').execute();
  await db.schema.alterTable('identity_access_key').addColumn('last_used_service', 'text').execute();
  await db.schema
    .createIndex('identity_access_key_by_user')
    .on('identity_access_key')
    .columns(['account', 'region', 'user_id'])
    .where('user_id', 'is not', null)
    .execute();
}
