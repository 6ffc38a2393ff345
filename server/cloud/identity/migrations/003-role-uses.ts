// When roles were last used, and the credential report of an account.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const roleUses: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('identity_role_use')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('entity_id', 'text', (column) => column.notNull())
      .addColumn('last_used_at', 'integer', (column) => column.notNull())
      .addColumn('last_used_region', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('identity_role_use_pk', ['account', 'region', 'entity_id'])
      .execute();
    await db.schema
      .createTable('identity_credential_report')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('generated_at', 'integer', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('identity_credential_report_pk', ['account', 'region'])
      .execute();
  },
};

export default roleUses;
