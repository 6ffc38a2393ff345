// Brings a database up to the code's tables. Each migration is one unit: it is applied whole, with its name, or not at all; the
// caller lets replicas that start at once take turns. A landed migration is never edited. Data of a newer version is refused, not guessed at.
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Logger } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Tx } from './database.ts';
import { DataTooNew } from './errors.ts';
import { tables } from './transaction.ts';

/** The migrations of one domain. They run in the order of their names; lists run in the order given. */
export interface MigrationList {
  readonly prefix: string;
  readonly migrations: Readonly<Record<string, Migration>>;
}

interface MigrationTables {
  muster_migration: { name: string; applied_at: number };
}

/** Rebuilding a large table takes its time, and nothing else runs yet. */
const MIGRATION_MS_MAX = 3_600_000;
/** Any constant: names our migrations among PostgreSQL's advisory locks. */
export const MIGRATION_LOCK = 7_763_837;

interface MigrateOptions {
  readonly write: <R>(name: string, work: (tx: Tx) => Promise<R>, limitMs: number) => Promise<R>;
  readonly dialect: 'sqlite' | 'postgres';
  readonly clock: Clock;
  readonly log: Logger;
  readonly lists: readonly MigrationList[];
}

export async function migrate(options: MigrateOptions): Promise<void> {
  const wanted = options.lists.flatMap(({ prefix, migrations }) =>
    Object.keys(migrations)
      .toSorted()
      .map((key) => ({ name: `${prefix}/${key}`, migration: migrations[key] as Migration })),
  );
  const known = new Set(wanted.map(({ name }) => name));
  if (known.size !== wanted.length) throw new Error('Two migration lists have the same prefix and name.');

  const applied = await inTurn(options, async (tx) => {
    await tables<MigrationTables>(tx)
      .schema.createTable('muster_migration')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', 'integer', (column) => column.notNull())
      .execute();
    return appliedNames(tx);
  });
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DataTooNew(unknown);

  for (const { name, migration } of wanted) {
    if (applied.has(name)) continue;
    await inTurn(options, async (tx) => {
      await migration.up(tables<unknown>(tx));
      await tables<MigrationTables>(tx)
        .insertInto('muster_migration')
        .values({ name, applied_at: options.clock.nowMs() })
        .execute();
      options.log.debug('migration applied', { name });
    });
  }
}

function inTurn<R>(options: MigrateOptions, work: (tx: Tx) => Promise<R>): Promise<R> {
  return options.write(
    'migrate',
    async (tx) => {
      if (options.dialect === 'postgres') {
        await sql`set local statement_timeout = 0`.execute(tables(tx));
      }
      return work(tx);
    },
    MIGRATION_MS_MAX,
  );
}

async function appliedNames(tx: Tx): Promise<Set<string>> {
  const rows = await tables<MigrationTables>(tx).selectFrom('muster_migration').select('name').execute();
  return new Set(rows.map((row) => row.name));
}
