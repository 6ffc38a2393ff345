// Access keys. Found by their id alone, because that is all a signature tells; one administrator's key an account, also when several
// replicas start at once.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { IdentityTables } from '../tables.ts';

const init: Migration = {
  async up(db: Kysely<IdentityTables>): Promise<void> {
    await db.schema
      .createTable('identity_access_key')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
      .addColumn('sealed_secret', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('identity_access_key_key', ['account', 'region', 'access_key_id'])
      .execute();
    await db.schema
      .createIndex('identity_access_key_by_id')
      .unique()
      .on('identity_access_key')
      .columns(['access_key_id'])
      .execute();
    await db.schema
      .createIndex('identity_access_key_administrator')
      .unique()
      .on('identity_access_key')
      .columns(['account', 'kind'])
      .where('kind', '=', 'administrator')
      .execute();
  },
};

export default init;
