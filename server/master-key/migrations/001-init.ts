// Derived keys of former master keys. Of the whole installation: no account, no region.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('master_key_former')
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('purpose', 'text', (c) => c.notNull())
      .addColumn('sealed_key', 'text', (c) => c.notNull())
      .addColumn('retired_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('master_key_former_pk', ['key_id', 'purpose'])
      .execute();
  },
};

export default init;
