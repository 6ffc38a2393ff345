// The embedded database: the commit queue on the main thread, a second connection for short reads (which so sees committed state
// only), and the reader worker for long ones. With `inThread` (simulation) there is no worker and nothing waits for real time.
import { join } from 'node:path';
import type { CompiledQuery } from 'kysely';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { nextTurn } from '../time/turn.ts';
import { ApartWriter } from './apart-writer.ts';
import { CommitQueue } from './commit-queue.ts';
import type { Database, ReadTx, Step, Tx } from './database.ts';
import { createPrivately, lockDataDirectory } from './directory-lock.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { DatabaseClosed, SimulatedCrash } from './errors.ts';
import { migrate } from './migrate.ts';
import { DATABASE_FILE } from './sqlite-copy.ts';
import type { MigrationList } from './migrate.ts';
import { Reader } from './reader.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { Transaction } from './transaction.ts';

export interface SqliteOptions {
  readonly dataDir: string;
  /** Taken already by the composition root; it then stays the caller's to release. */
  readonly lock?: DirectoryLock;
  readonly inThread?: boolean;
  /** Counts from 1 at the first statement after the migrations. */
  readonly crashAtStatement?: number;
  readonly onStatement?: (n: number, sql: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly migrations: readonly MigrationList[];
}

export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const lock = options.lock ?? lockDataDirectory(options.dataDir);
  try {
    const database = new SqliteDatabase(options, () => options.lock ?? lock.release());
    await database.migrate(options);
    return database;
  } catch (error) {
    if (options.lock === undefined) lock.release();
    throw error;
  }
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly #writer: SqliteConnection;
  readonly #path: string;
  readonly #queue: CommitQueue;
  readonly #reader: Reader | undefined;
  readonly #apart: ApartWriter | undefined;
  readonly #unlock: () => void;
  #short: SqliteConnection | undefined;
  #reads: ReadTx | undefined;
  #watching = false;
  #statements = 0;
  #closed: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteOptions, unlock: () => void) {
    this.#unlock = unlock;
    this.#path = join(options.dataDir, DATABASE_FILE);
    createPrivately(this.#path);
    const observed = options.crashAtStatement !== undefined || options.onStatement !== undefined;
    const onStatement = observed ? (sql: string): void => this.#beforeStatement(options, sql) : undefined;
    const inThread = options.inThread === true;
    this.#writer = new SqliteConnection(this.#path, { role: 'writer', automaticCheckpoints: inThread, onStatement });
    this.#reader = inThread ? undefined : new Reader(this.#path, options.log);
    this.#apart = inThread ? undefined : new ApartWriter(this.#path, options.clock, options.log);
    this.#queue = new CommitQueue({
      writer: new SqliteWriter(this.#writer, this.#reader),
      clock: options.clock,
      log: options.log,
      metrics: options.metrics,
      schedule: inThread ? queueMicrotask : nextTurn,
    });
  }

  async migrate(options: SqliteOptions): Promise<void> {
    try {
      await migrate({
        write: (name, work, limitMs) => this.#queue.write(name, work, limitMs),
        dialect: 'sqlite',
        clock: options.clock,
        log: options.log,
        lists: options.migrations,
      });
      this.#short = new SqliteConnection(this.#path, { role: 'reader' });
      this.#reads = new Transaction('read', this.#short, 'read') as unknown as ReadTx;
      this.#watching = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  write<R>(name: string, work: (tx: Tx) => Promise<R>): Promise<R> {
    return this.#queue.write(name, work);
  }

  writeApart(name: string, steps: () => readonly Step[]): Promise<void> {
    const apart = this.#apart;
    if (apart?.takesNext() === true) return this.#queue.writeApart(name, () => apart.run(steps()));
    return this.#queue.write(name, async (tx) => {
      const transaction = tx as unknown as Transaction;
      for (const { sql, values } of steps()) for (const row of values) await transaction.execute(sql, row);
    });
  }

  read<R>(work: (tx: ReadTx) => Promise<R>): Promise<R> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return work(this.#reads as ReadTx);
  }

  async scan<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#reader !== undefined) return (await this.#reader.scan(query.sql, query.parameters)) as Row[];
    return (this.#short as SqliteConnection).execute(query.sql, query.parameters).rows as Row[];
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    this.#closed ??= new DatabaseClosed();
    await this.#apart?.close();
    await this.#reader?.close();
    this.#closeFiles();
  }

  #closeFiles(): void {
    this.#short?.close();
    // The last connection to close copies the log into the database and removes it.
    this.#writer.close();
    this.#unlock();
  }

  #beforeStatement(options: SqliteOptions, sql: string): void {
    if (!this.#watching || this.#closed !== undefined) return;
    this.#statements += 1;
    try {
      options.onStatement?.(this.#statements, sql);
      if (this.#statements === options.crashAtStatement) throw new SimulatedCrash(this.#statements);
    } catch (error) {
      this.#die(error as Error);
      throw error;
    }
  }

  /** As if the process had ended here: what is not committed is gone, and nobody is told anything more. */
  #die(error: Error): void {
    this.#closed = error;
    this.#queue.abandon(error);
    void this.#apart?.close();
    void this.#reader?.close();
    this.#closeFiles();
  }
}
