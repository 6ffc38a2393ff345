// What DescribeParameters filters by, in the order of keys: pages of what is rare are found without walking along all that is not. Nearly every
// parameter is of the standard tier and plain text, so what differs alone is in those indexes.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const facets: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const index = (name: string, column: string) =>
      db.schema
        .createIndex(`parameters_parameter_${name}`)
        .on('parameters_parameter')
        .columns(['account', 'region', column, 'key']);
    await index('type', 'type').execute();
    await index('key_id', 'key_id').where('key_id', 'is not', null).execute();
    await index('tier', 'tier')
      .where(sql<boolean>`tier <> 'Standard'`)
      .execute();
    await index('data_type', 'data_type')
      .where(sql<boolean>`data_type <> 'text'`)
      .execute();
  },
};

export default facets;
