// PostgreSQL: the same commit queue on one connection a replica, reads from a pool.
import type { CompiledQuery } from 'kysely';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { nextTurn } from '../time/turn.ts';
import { CommitQueue } from './commit-queue.ts';
import type { Database, ReadTx, Tx } from './database.ts';
import { DatabaseClosed } from './errors.ts';
import { migrate, MIGRATION_LOCK } from './migrate.ts';
import type { MigrationList } from './migrate.ts';
import type { PostgresSource } from './postgres-session.ts';
import { PostgresWriter } from './postgres-writer.ts';
import { Transaction } from './transaction.ts';

export interface PostgresOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly migrations: readonly MigrationList[];
}

export async function openPostgres(source: PostgresSource, options: PostgresOptions): Promise<Database> {
  const { clock, log, metrics } = options;
  const writer = new PostgresWriter(source, clock, log);
  const queue = new CommitQueue({ writer, clock, log, metrics, schedule: nextTurn });
  const database = new PostgresDatabase(source, writer, queue);
  try {
    await alone(source, () =>
      migrate({
        write: (name, work, limitMs) => queue.write(name, work, limitMs),
        dialect: 'postgres',
        clock,
        log,
        lists: options.migrations,
      }),
    );
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Replicas that start together migrate one after another. The lock ends with its session, however that ends. */
async function alone(source: PostgresSource, work: () => Promise<void>): Promise<void> {
  // One shared session (PGlite) has no other replica.
  if (source.takeTurn !== undefined) return work();
  const session = await source.connect();
  try {
    await session.script('set statement_timeout = 0; set idle_session_timeout = 0');
    await session.execute(`select pg_advisory_lock(${MIGRATION_LOCK})`, []);
    await work();
  } finally {
    await session.close();
  }
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly #source: PostgresSource;
  readonly #writer: PostgresWriter;
  readonly #queue: CommitQueue;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(source: PostgresSource, writer: PostgresWriter, queue: CommitQueue) {
    this.#source = source;
    this.#writer = writer;
    this.#queue = queue;
  }

  write<R>(name: string, work: (tx: Tx) => Promise<R>): Promise<R> {
    return this.#queue.write(name, work);
  }

  async read<R>(work: (tx: ReadTx) => Promise<R>): Promise<R> {
    if (this.#closed) throw new DatabaseClosed();
    return this.#source.reading(async (session) => {
      const transaction = new Transaction('read', session, 'read');
      try {
        return await work(transaction as unknown as ReadTx);
      } finally {
        transaction.end();
      }
    });
  }

  async scan<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    if (this.#closed) throw new DatabaseClosed();
    const { rows } = await this.#source.reading((session) => session.execute(query.sql, query.parameters));
    return rows as Row[];
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
    this.#closed = true;
    await this.#writer.close();
    await this.#source.close();
  }
}
