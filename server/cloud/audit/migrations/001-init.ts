// Trails, and how far each has delivered the records of each region.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit_trail')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('bucket', 'text', (column) => column.notNull())
      .addColumn('prefix', 'text')
      .addColumn('multi_region', 'integer', (column) => column.notNull())
      .addColumn('global_events', 'integer', (column) => column.notNull())
      .addColumn('selectors', 'text')
      .addColumn('logging', 'integer', (column) => column.notNull())
      .addColumn('started_at', 'integer')
      .addColumn('stopped_at', 'integer')
      .addColumn('attempted_at', 'integer')
      .addColumn('delivered_at', 'integer')
      .addColumn('failure', 'text')
      .addPrimaryKeyConstraint('audit_trail_pk', ['account', 'region', 'name'])
      .execute();
    await db.schema
      .createTable('audit_position')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('of_region', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_position_pk', ['account', 'region', 'name', 'of_region'])
      .execute();
  },
};

export default init;
