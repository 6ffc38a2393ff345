// Opens the database that the options name: the embedded one in a data directory, or PostgreSQL.
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import type { Database } from './database.ts';
import type { DirectoryLock } from './directory-lock.ts';
import type { MigrationList } from './migrate.ts';
import { openPostgres } from './postgres-database.ts';
import { openSqlite } from './sqlite-database.ts';

export interface OpenOptions {
  /** Directory of the embedded database; made where it does not exist. Locked for the life of this process. */
  readonly dataDir?: string;
  /** The lock on `dataDir`, where the caller has taken it already; it stays the caller's to release. */
  readonly lock?: DirectoryLock;
  /** `postgres://…`; wins over `dataDir`. */
  readonly url?: string;
  /** A PGlite instance: tests only. */
  readonly pglite?: unknown;
  /** Simulation: no worker, no real time; the queue runs in microtasks. */
  readonly inThread?: boolean;
  /** Simulation, SQLite: the process "dies" before the n-th statement of the writer (1 is the first after the migrations). */
  readonly crashAtStatement?: number;
  /** Test seam, SQLite: called before every statement of the writer, and after each COMMIT with `committed`. May throw a SimulatedCrash. */
  readonly onStatement?: (n: number, sql: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly migrations: readonly MigrationList[];
}

export async function openDatabase(options: OpenOptions): Promise<Database> {
  // The driver is loaded where it is used: an embedded server does without it.
  if (options.url !== undefined) {
    const { createPostgresSource } = await import('./postgres-session.ts');
    return openPostgres(createPostgresSource(options.url, options.log), options);
  }
  if (options.pglite !== undefined) {
    const { createPgliteSource } = await import('./pglite-source.ts');
    return openPostgres(createPgliteSource(options.pglite), options);
  }
  if (options.dataDir === undefined) throw new Error('A data directory or a database URL is needed.');
  return openSqlite({ ...options, dataDir: options.dataDir });
}
