// One connection to the embedded database: opens it with the settings that the durability promise stands on, checks that SQLite
// took them, and keeps prepared statements. Everything is synchronous.
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { StatementFailed } from './errors.ts';
import { assertBindable, toRow } from './statement.ts';
import type { StatementConnection, StatementResult } from './statement.ts';

/** A prepared statement holds a few KB; lists with `in (?, ?, …)` make many texts. When full, the older half goes. */
const STATEMENTS_CACHED_MAX = 512;
/** Another process (a backup) may hold the write lock for a moment; our own threads do not. */
const BUSY_TIMEOUT_MS = 5_000;

const CHANGES_SCHEMA = /^\s*(?:create|alter|drop)\s/i;

export type ConnectionRole = 'writer' | 'reader' | 'checkpointer';

export interface SqliteConnectionOptions {
  readonly role: ConnectionRole;
  /** Leaves checkpoints to SQLite; otherwise somebody calls `checkpoint`. */
  readonly automaticCheckpoints?: boolean;
  /** Called before every statement. May throw: the statement is then not run. */
  readonly onStatement?: ((sql: string) => void) | undefined;
}

interface CachedStatement {
  readonly statement: StatementSync;
  /** Empty: the statement returns no rows. */
  readonly columns: readonly string[];
  usedAt: number;
}

export interface WalState {
  readonly frames: number;
  readonly checkpointed: number;
}

/** Pages that a connection keeps, at most; the operating system's cache is behind them, so more buys little and stays resident. */
const CACHE_KB: Readonly<Record<ConnectionRole, number>> = { writer: 4_096, reader: 2_048, checkpointer: 2_048 };

export class SqliteConnection implements StatementConnection {
  readonly dialect = 'sqlite';
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, CachedStatement>();
  readonly #onStatement: ((sql: string) => void) | undefined;
  #tick = 0;

  constructor(path: string, options: SqliteConnectionOptions) {
    this.#onStatement = options.onStatement;
    this.#database = new DatabaseSync(path, {
      readOnly: options.role === 'reader',
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
      defensive: true,
    });
    try {
      this.#configure(options);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Whether a transaction is open. Some errors (disk full, I/O) end it behind our back. */
  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  get isClosed(): boolean {
    return !this.#database.isOpen;
  }

  /** A point between statements where a simulated crash may happen. */
  mark(point: string): void {
    this.#onStatement?.(point);
  }

  execute(sql: string, parameters: readonly unknown[]): StatementResult {
    this.#onStatement?.(sql);
    assertBindable(parameters);
    try {
      const { statement, columns } = this.#prepare(sql);
      const values = parameters as readonly SQLInputValue[];
      if (columns.length === 0) return { rows: [], changes: Number(statement.run(...values).changes) };
      const rows = statement.all(...values) as unknown as unknown[][];
      for (let index = 0; index < rows.length; index += 1) (rows as unknown[])[index] = toRow(columns, rows[index] as unknown[]);
      return { rows, changes: undefined };
    } catch (error) {
      throw new StatementFailed(sql, error);
    }
  }

  /** As `execute`, with rows as arrays: what crosses a thread boundary cheaply. */
  query(sql: string, parameters: readonly unknown[]): { columns: readonly string[]; values: unknown[][] } {
    assertBindable(parameters);
    try {
      const { statement, columns } = this.#prepare(sql);
      return { columns, values: statement.all(...(parameters as readonly SQLInputValue[])) as unknown as unknown[][] };
    } catch (error) {
      throw new StatementFailed(sql, error);
    }
  }

  /** `NOOP` only looks. `PASSIVE` copies what it can without waiting for anybody. */
  checkpoint(mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): WalState {
    const [row] = this.query(`pragma wal_checkpoint(${mode})`, []).values;
    return { frames: Number(row?.[1] ?? 0), checkpointed: Number(row?.[2] ?? 0) };
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #configure(options: SqliteConnectionOptions): void {
    const database = this.#database;
    database.exec('pragma trusted_schema = off; pragma case_sensitive_like = on');
    database.exec(`pragma cache_size = -${CACHE_KB[options.role]}`);
    if (options.role === 'writer') {
      database.exec('pragma journal_mode = wal; pragma synchronous = full');
      if (options.automaticCheckpoints !== true) database.exec('pragma wal_autocheckpoint = 0');
      this.#assertPragma('journal_mode', 'wal');
      this.#assertPragma('synchronous', 2);
    }
    // A read-only connection cannot checkpoint; a connection with query_only can, and can write nothing else.
    if (options.role === 'checkpointer') database.exec('pragma synchronous = full; pragma query_only = on');
    this.#assertPragma('foreign_keys', 1);
    this.#assertPragma('trusted_schema', 0);
  }

  #assertPragma(name: string, expected: string | number): void {
    const actual = Object.values(this.#database.prepare(`pragma ${name}`).get() ?? {})[0];
    if (actual !== expected) {
      throw new Error(
        `SQLite runs with ${name} = ${String(actual)} where ${expected} is needed to keep acknowledged writes. ` +
          'Is the data directory on a network file system? Choose a local disk.',
      );
    }
  }

  #prepare(sql: string): CachedStatement {
    let cached = this.#statements.get(sql);
    if (cached === undefined) {
      // A changed schema changes what `select *` returns.
      if (CHANGES_SCHEMA.test(sql)) this.#statements.clear();
      const statement = this.#database.prepare(sql, { returnArrays: true });
      cached = { statement, columns: statement.columns().map((column) => column.name), usedAt: 0 };
      if (this.#statements.size >= STATEMENTS_CACHED_MAX) this.#evict();
      this.#statements.set(sql, cached);
    }
    cached.usedAt = this.#tick += 1;
    return cached;
  }

  /** Sorting 512 entries once in 256 misses is cheaper than keeping them in order on every hit. */
  #evict(): void {
    const oldestFirst = [...this.#statements].toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [sql] of oldestFirst.slice(0, STATEMENTS_CACHED_MAX / 2)) this.#statements.delete(sql);
  }
}
