// Delivery to log groups, and digest files: what a trail's bucket got since the last digest, the end of each chain of digests, the keys that sign them.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const logGroupsAndDigests: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const trail = db.schema.alterTable('audit_trail');
    await trail.addColumn('log_group', 'text').execute();
    await trail.addColumn('log_role', 'text').execute();
    await trail.addColumn('log_delivered_at', 'integer').execute();
    await trail.addColumn('log_failure', 'text').execute();
    await trail.addColumn('digests', 'integer', (column) => column.notNull().defaultTo(0)).execute();
    await trail.addColumn('digest_delivered_at', 'integer').execute();
    await trail.addColumn('digest_failure', 'text').execute();
    await db.schema
      .createTable('audit_log_position')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('of_region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('place', 'text')
      .addPrimaryKeyConstraint('audit_log_position_pk', ['account', 'region', 'name', 'of_region'])
      .execute();
    await db.schema
      .createTable('audit_file')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('of_region', 'text', (column) => column.notNull())
      .addColumn('bucket', 'text', (column) => column.notNull())
      .addColumn('object', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('oldest_at', 'integer', (column) => column.notNull())
      .addColumn('newest_at', 'integer', (column) => column.notNull())
      .addColumn('delivered_at', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_file_pk', ['account', 'region', 'name', 'of_region', 'bucket', 'object'])
      .execute();
    await db.schema
      .createTable('audit_digest')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('of_region', 'text', (column) => column.notNull())
      .addColumn('next_start_at', 'integer', (column) => column.notNull())
      .addColumn('bucket', 'text')
      .addColumn('object', 'text')
      .addColumn('hash', 'text')
      .addColumn('signature', 'text')
      .addPrimaryKeyConstraint('audit_digest_pk', ['account', 'region', 'name', 'of_region'])
      .execute();
    await db.schema
      .createTable('audit_digest_key')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('sealed_private_key', 'text', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_digest_key_pk', ['account', 'region', 'fingerprint'])
      .execute();
  },
};

export default logGroupsAndDigests;
