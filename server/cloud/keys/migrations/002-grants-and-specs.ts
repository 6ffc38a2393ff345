// Grants of keys: they lie with their key; one index finds those of a grantee, the other those that a principal may retire. And kinds of keys: until
// now there was one.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const grantsAndSpecs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('keys_key')
      .addColumn('spec', 'text', (c) => c.notNull().defaultTo('SYMMETRIC_DEFAULT'))
      .execute();
    await db.schema
      .createTable('keys_grant')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('grant_id', 'text', (c) => c.notNull())
      .addColumn('name', 'text')
      .addColumn('grantee', 'text', (c) => c.notNull())
      .addColumn('retiring', 'text')
      .addColumn('issuer', 'text', (c) => c.notNull())
      .addColumn('operations', 'text', (c) => c.notNull())
      .addColumn('constraints', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('keys_grant_pk', ['account', 'region', 'key_id', 'grant_id'])
      .execute();
    await db.schema
      .createIndex('keys_grant_grantee')
      .on('keys_grant')
      .columns(['account', 'region', 'key_id', 'grantee', 'grant_id'])
      .execute();
    await db.schema.createIndex('keys_grant_retiring').on('keys_grant').columns(['region', 'retiring', 'grant_id']).execute();
  },
};
export default grantsAndSpecs;
