// The store's public face.
export type { BoundValue, Database, Dialect, ReadTx, Step, Tx } from './database.ts';
export { emptyDatabase } from './empty.ts';
export { copyDatabase, DATABASE_FILE, findDamage } from './sqlite-copy.ts';
export { openDatabase } from './open.ts';
export type { OpenOptions } from './open.ts';
export { probePostgres } from './postgres-probe.ts';
export { afterCommit, queries, tables } from './transaction.ts';
export type { MigrationList } from './migrate.ts';
export { lockDataDirectory, makeNameDurable } from './directory-lock.ts';
export type { DirectoryLock } from './directory-lock.ts';
export {
  DatabaseClosed,
  DataDirectoryLocked,
  DatabaseUnusable,
  DataTooNew,
  isUniqueViolation,
  SimulatedCrash,
  StatementFailed,
  UnitEnded,
  UnitTimedOut,
} from './errors.ts';
export { createPageTokens } from './page-tokens.ts';
export type { JsonValue, PageTokens } from './page-tokens.ts';
export { prepare, prepareInsert } from './prepare.ts';
export type { Param, PreparedQuery } from './prepare.ts';
