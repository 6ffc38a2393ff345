// Activations and nodes. Every column that DescribeInstanceInformation filters by leads an index that ends in node_id, so that a page
// is a walk from the last page's end, whatever the size of the fleet.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const FILTERED = ['activation_id', 'iam_role', 'agent_version', 'ping_status', 'platform_type'] as const;

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('nodes_activation')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('activation_id', 'text', (c) => c.notNull())
      .addColumn('code_hash', 'blob', (c) => c.notNull())
      .addColumn('description', 'text')
      .addColumn('default_instance_name', 'text')
      .addColumn('iam_role', 'text', (c) => c.notNull())
      .addColumn('registration_limit', 'integer', (c) => c.notNull())
      .addColumn('registrations_count', 'integer', (c) => c.notNull())
      .addColumn('expires_at', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('tags', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('nodes_activation_pk', ['account', 'region', 'activation_id'])
      .execute();
    // RegisterManagedInstance is unsigned: the id alone says which scope it is about.
    await db.schema.createIndex('nodes_activation_id').on('nodes_activation').column('activation_id').unique().execute();
    await db.schema
      .createTable('nodes_node')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('node_id', 'text', (c) => c.notNull())
      .addColumn('activation_id', 'text', (c) => c.notNull())
      .addColumn('iam_role', 'text', (c) => c.notNull())
      .addColumn('name', 'text')
      .addColumn('registered_at', 'integer', (c) => c.notNull())
      .addColumn('fingerprint', 'text', (c) => c.notNull())
      .addColumn('public_key', 'text', (c) => c.notNull())
      .addColumn('public_key_at', 'integer', (c) => c.notNull())
      .addColumn('previous_keys', 'text', (c) => c.notNull())
      .addColumn('agent_name', 'text')
      .addColumn('agent_version', 'text')
      .addColumn('agent_status', 'text')
      .addColumn('platform_type', 'text')
      .addColumn('platform_name', 'text')
      .addColumn('platform_version', 'text')
      .addColumn('computer_name', 'text')
      .addColumn('ip_address', 'text')
      .addColumn('last_ping_at', 'integer')
      .addColumn('ping_status', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('nodes_node_pk', ['account', 'region', 'node_id'])
      .execute();
    await db.schema.createIndex('nodes_node_id').on('nodes_node').column('node_id').unique().execute();
    await db.schema.createIndex('nodes_node_silent').on('nodes_node').columns(['ping_status', 'last_ping_at']).execute();
    for (const column of FILTERED)
      await db.schema
        .createIndex(`nodes_node_${column}`)
        .on('nodes_node')
        .columns(['account', 'region', column, 'node_id'])
        .execute();
  },
};

export default init;
