// The commit queue's writer on PostgreSQL: one connection a replica. Transactions are serializable, so that units of all replicas behave
// as if they had run one after another, as they do on SQLite; the price is that PostgreSQL may ask for a batch again.
//
// A connection that breaks before COMMIT was sent has written nothing: the batch runs again. One that breaks during COMMIT leaves
// the question open; the transaction's id, asked for at its start, answers it on the next connection.
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { backoffMs } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { BatchWriter } from './commit-queue.ts';
import { StatementFailed } from './errors.ts';
import type { PostgresSession, PostgresSource } from './postgres-session.ts';
import type { StatementResult } from './statement.ts';

const BEGIN = 'begin isolation level serializable; select pg_current_xact_id()::text as xid';
/** Units wait for a lost database this long before their callers are told; new ones queue up behind them, within the queue's limit. */
const RECONNECT_MS_MAX = 10_000;
const RECONNECT_BACKOFF = { baseMs: 100, capMs: 2_000 };
/** A COMMIT whose connection broke may still be under way in the server. */
const COMMIT_CHECKS_MAX = 20;
const COMMIT_CHECK_MS = 250;
/** 40001 serialization failure, 40P01 deadlock: PostgreSQL asks for the transaction again. */
const ASKS_AGAIN = new Set(['40001', '40P01']);

export class PostgresWriter implements BatchWriter {
  /** More than 64 writing savepoints overflow what PostgreSQL keeps at hand about a transaction. */
  readonly batchUnitsMax = 64;
  /** Replicas that write the same rows all day meet more than once. */
  readonly attemptsMax = 8;
  readonly connection = {
    dialect: 'postgres' as const,
    execute: (sql: string, parameters: readonly unknown[]): Promise<StatementResult> => this.#live().execute(sql, parameters),
  };
  readonly #source: PostgresSource;
  readonly #clock: Clock;
  readonly #log: Logger;
  #session: PostgresSession | undefined;
  #xid: string | undefined;
  #savepointDone = false;
  #endTurn: (() => void) | undefined;

  constructor(source: PostgresSource, clock: Clock, log: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  async begin(): Promise<void> {
    if (this.#session === undefined || this.#session.lost) await this.#connect();
    this.#endTurn = await this.#source.takeTurn?.();
    try {
      const [row] = (await this.#live().script(BEGIN)) as { xid: string }[];
      this.#xid = row?.xid;
      this.#savepointDone = false;
    } catch (error) {
      this.#ended();
      throw error;
    }
  }

  async savepoint(): Promise<void> {
    // The last unit's savepoint goes in the same round trip.
    await this.#live().script(this.#savepointDone ? 'release savepoint unit; savepoint unit' : 'savepoint unit');
    this.#savepointDone = false;
  }
  releaseSavepoint(): void {
    this.#savepointDone = true;
  }
  async rollbackToSavepoint(): Promise<void> {
    await this.#live().script('rollback to savepoint unit');
    this.#savepointDone = true;
  }

  async commit(): Promise<void> {
    const xid = this.#xid;
    try {
      await this.#live().script('commit');
      this.#ended();
    } catch (error) {
      const lost = this.#session?.lost === true;
      // The server ended the transaction, or its end is known after this.
      this.#ended();
      if (!lost || xid === undefined || !(await this.#committed(xid))) throw error;
    }
  }

  async rollback(): Promise<void> {
    try {
      if (this.#session?.lost === false) await this.#session.script('rollback');
    } finally {
      this.#ended();
    }
  }

  isOpen(): boolean {
    return this.#xid !== undefined && this.#session?.lost === false;
  }

  mayRetry(error: unknown): boolean {
    if (!(error instanceof StatementFailed)) return false;
    const cause = error.cause as { code?: unknown } | undefined;
    return this.#session?.lost === true || ASKS_AGAIN.has(String(cause?.code));
  }

  afterBatch(): void {
    if (this.#xid !== undefined) this.#ended();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  #live(): PostgresSession {
    if (this.#session === undefined) throw new Error('There is no database session yet.');
    return this.#session;
  }

  #ended(): void {
    this.#xid = undefined;
    this.#endTurn?.();
    this.#endTurn = undefined;
  }

  async #connect(): Promise<void> {
    await this.#session?.close();
    const startedMs = this.#clock.monotonicMs();
    for (let failures = 1; ; failures += 1) {
      try {
        this.#session = await this.#source.connect();
        return;
      } catch (error) {
        this.#log.warn('cannot connect to the database', { attempt: failures, error: String(error) });
        if (this.#clock.monotonicMs() - startedMs > RECONNECT_MS_MAX) {
          throw new ApiError('ServiceUnavailable', 'The database cannot be reached. Try again.', {
            httpStatus: 503,
            cause: error,
          });
        }
        await this.#wait(backoffMs(failures, RECONNECT_BACKOFF, 1));
      }
    }
  }

  /** Whether the transaction was committed, asked on a new connection. */
  async #committed(xid: string): Promise<boolean> {
    await this.#connect();
    for (let check = 0; check < COMMIT_CHECKS_MAX; check += 1) {
      const { rows } = await this.#live().execute('select pg_xact_status($1::text::xid8) as status', [xid]);
      const status = (rows[0] as { status: string | null } | undefined)?.status;
      this.#log.warn('connection lost during COMMIT', { status });
      if (status === 'committed') return true;
      if (status === 'aborted') return false;
      await this.#wait(COMMIT_CHECK_MS);
    }
    throw new Error(`The outcome of transaction ${xid} could not be found out: it may or may not be committed.`);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(delayMs, resolve);
    });
  }
}
