// Databases for tests: real ones, in places of their own, gone afterwards. A suite written with `eachDatabase` runs on every database
// that the product supports; what cannot run here is said in one line, never skipped in silence.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'node:test';
import { createMetrics } from '@muster/server/platform/telemetry/index.ts';
import type { Logger } from '@muster/server/platform/telemetry/log.ts';
import { openDatabase } from '@muster/server/platform/store/index.ts';
import type { Database, MigrationList, OpenOptions } from '@muster/server/platform/store/index.ts';
import { systemClock } from '@muster/server/platform/time/clock.ts';

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** `await using directory = await temporaryDirectory()`. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'muster-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const quietLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

export type DatabaseKind = 'sqlite' | 'pglite' | 'postgres';
export type OpenTestDatabase = (migrations: readonly MigrationList[], options?: Partial<OpenOptions>) => Promise<Database>;

/** The embedded database in a directory of its own, which goes with it. */
export const openTestDatabase: OpenTestDatabase = async (migrations, options = {}) => {
  const directory = await temporaryDirectory();
  const database = await openDatabase({ ...defaults(), dataDir: directory.path, migrations, ...options });
  return closingWith(database, async () => directory[Symbol.asyncDispose]());
};

export function defaults() {
  return { clock: systemClock, log: quietLog, metrics: createMetrics() };
}

/** The same database; closing it also cleans up. */
function closingWith(database: Database, cleanUp: () => Promise<void>): Database {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= database.close().finally(cleanUp));
  return {
    dialect: database.dialect,
    write: (name, work) => database.write(name, work),
    read: (work) => database.read(work),
    scan: (query) => database.scan(query),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Runs `define` once for each database, in a `describe` of its name. Open databases inside tests, with `await using`. */
export function eachDatabase(define: (kind: DatabaseKind, open: OpenTestDatabase) => void): void {
  describe('sqlite', () => define('sqlite', openTestDatabase));
}
