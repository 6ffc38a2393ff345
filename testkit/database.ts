// Databases for tests: real ones, in places of their own, gone afterwards. A suite written with `eachDatabase` runs on every database
// that the product supports; what cannot run here is said in one line, never skipped in silence.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import type { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { openDatabase } from '@muster/server/platform/store/index.ts';
import type { Database, MigrationList, OpenOptions } from '@muster/server/platform/store/index.ts';
import { createMetrics } from '@muster/server/platform/telemetry/index.ts';
import type { Logger } from '@muster/server/platform/telemetry/index.ts';
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

/** What `openDatabase` needs besides a place and migrations. */
export function databaseDefaults(): Pick<OpenOptions, 'clock' | 'log' | 'metrics'> {
  return { clock: systemClock, log: quietLog, metrics: createMetrics() };
}

export type DatabaseKind = 'sqlite' | 'pglite' | 'postgres';
/** Opens an empty database of its own; closing it takes it away again. */
export type OpenTestDatabase = (migrations: readonly MigrationList[], options?: Partial<OpenOptions>) => Promise<Database>;

/** The embedded database in a directory of its own. */
export const openTestDatabase: OpenTestDatabase = async (migrations, options = {}) => {
  const directory = await temporaryDirectory();
  const cleanUp = async (): Promise<void> => directory[Symbol.asyncDispose]();
  return openIn({ dataDir: directory.path, migrations, ...options }, cleanUp);
};

/** Runs `define` once for each database, in a `describe` of its name. Open databases inside tests, with `await using`. */
export function eachDatabase(define: (kind: DatabaseKind, open: OpenTestDatabase) => void): void {
  void describe('sqlite', () => define('sqlite', openTestDatabase));
  closeInstancesAtTheEnd();
  void describe('pglite', () => define('pglite', openPglite));
  const url = process.env['MUSTER_TEST_POSTGRES_URL'];
  if (url === undefined || url === '') {
    console.log('postgres: not run (MUSTER_TEST_POSTGRES_URL is not set)');
    return;
  }
  void describe('postgres', () => define('postgres', openInSchema(url)));
}

/** One empty database, which each call of `open` opens once more, as replicas of a server do; gone when the place is disposed of. */
export interface SharedPlace extends AsyncDisposable {
  readonly open: OpenTestDatabase;
}

/** As `eachDatabase`, on those that several replicas may open at once. On PGlite their transactions take turns and never meet. */
export function eachSharedDatabase(define: (kind: DatabaseKind, makePlace: () => Promise<SharedPlace>) => void): void {
  closeInstancesAtTheEnd();
  void describe('pglite', () => define('pglite', pglitePlace));
  const url = process.env['MUSTER_TEST_POSTGRES_URL'];
  if (url === undefined || url === '') {
    console.log('postgres: replicas not run (MUSTER_TEST_POSTGRES_URL is not set)');
    return;
  }
  void describe('postgres', () => define('postgres', () => schemaPlace(url)));
}

async function schemaPlace(url: string): Promise<SharedPlace> {
  const schema = await temporarySchema(url);
  return {
    open: (migrations, options = {}) => openIn({ url: schema.url, migrations, ...options }, nothingToCleanUp),
    [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose](),
  };
}

async function pglitePlace(): Promise<SharedPlace> {
  const instance = idleInstances.pop() ?? (await startPglite());
  return {
    open: (migrations, options = {}) => openIn({ pglite: instance, migrations, ...options }, nothingToCleanUp),
    [Symbol.asyncDispose]: () => emptied(instance),
  };
}

const nothingToCleanUp = (): Promise<void> => Promise.resolve();

/** Reads and writes that have been asked for and not answered, over all test databases of this process. */
let unanswered = 0;

/** For `clock.holdWhile`: the event loop does not show that a database server is at work, and time must not move meanwhile. */
export function databasesAreBusy(): boolean {
  return unanswered > 0;
}

async function counted<R>(work: () => Promise<R>): Promise<R> {
  unanswered += 1;
  try {
    return await work();
  } finally {
    unanswered -= 1;
  }
}

/** Starting an instance takes seconds, emptying one milliseconds: suites of one process share them. */
const idleInstances: PGlite[] = [];

const openPglite: OpenTestDatabase = async (migrations, options = {}) => {
  const instance = idleInstances.pop() ?? (await startPglite());
  return openIn({ pglite: instance, migrations, ...options }, () => emptied(instance));
};

async function emptied(instance: PGlite): Promise<void> {
  await instance.exec('rollback; drop schema public cascade; create schema public');
  idleInstances.push(instance);
}

let closing = false;

/** A used instance holds a timer of ten seconds: closed when the last test is done, so that the process need not wait for it. */
function closeInstancesAtTheEnd(): void {
  if (closing) return;
  closing = true;
  after(async () => {
    for (const instance of idleInstances.splice(0)) await instance.close();
  });
}

async function startPglite(): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create();
}

let schemas = 0;

export interface TemporarySchema extends AsyncDisposable {
  /** A database URL whose tables are made in the schema. */
  readonly url: string;
}

/** An empty schema of its own on a PostgreSQL server, gone afterwards. */
export async function temporarySchema(url: string): Promise<TemporarySchema> {
  schemas += 1;
  const schema = `muster_test_${process.pid}_${schemas}`;
  await runOnce(url, `create schema ${schema}`);
  const schemaUrl = new URL(url);
  schemaUrl.searchParams.set('options', `-c search_path=${schema}`);
  return { url: schemaUrl.href, [Symbol.asyncDispose]: () => runOnce(url, `drop schema ${schema} cascade`) };
}

function openInSchema(url: string): OpenTestDatabase {
  return async (migrations, options = {}) => {
    const schema = await temporarySchema(url);
    return openIn({ url: schema.url, migrations, ...options }, async () => schema[Symbol.asyncDispose]());
  };
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function openIn(
  options: Partial<OpenOptions> & Pick<OpenOptions, 'migrations'>,
  cleanUp: () => Promise<void>,
): Promise<Database> {
  try {
    return closingWith(await openDatabase({ ...databaseDefaults(), ...options }), cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** The same database; closing it also cleans up. */
function closingWith(database: Database, cleanUp: () => Promise<void>): Database {
  const closeBoth = async (): Promise<void> => {
    try {
      await database.close();
    } finally {
      await cleanUp();
    }
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeBoth());
  const writesApart = database.writeApart !== undefined;
  return {
    dialect: database.dialect,
    write: (name, work) => counted(() => database.write(name, work)),
    writeApart: writesApart ? (name, steps) => counted(async () => database.writeApart?.(name, steps)) : undefined,
    read: (work) => counted(() => database.read(work)),
    scan: (query) => counted(() => database.scan(query)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
