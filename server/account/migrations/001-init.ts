// Service settings that somebody has changed.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('account_service_setting')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('setting_id', 'text', (c) => c.notNull())
      .addColumn('value', 'text')
      .addColumn('modified_at', 'integer', (c) => c.notNull())
      .addColumn('modified_by', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('account_service_setting_pk', ['account', 'region', 'setting_id'])
      .execute();
  },
};

export default init;
