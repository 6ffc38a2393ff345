// The commit queue's writer on PostgreSQL: one connection a replica. Transactions are serializable, so that units of all replicas behave
// as if they had run one after another, as they do on SQLite; the price is that PostgreSQL may ask for a batch again.
//
// A connection that breaks before COMMIT was sent has written nothing: the batch runs again. One that breaks during COMMIT leaves
// the question open; the transaction's id, asked for at its start, answers it on the next connection.
//
// A unit that runs again has the database to itself: else a replica that is always a little later than another would lose each time. Whoever writes
// shares an advisory lock until its COMMIT; whoever runs again takes it alone before it begins, and waits for no more than those who are writing.
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { backoffMs } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { BatchWriter } from './commit-queue.ts';
import { StatementFailed } from './errors.ts';
import type { PostgresSession, PostgresSource } from './postgres-session.ts';
import type { StatementResult } from './statement.ts';

/** Any constant: names this among PostgreSQL's advisory locks. */
const ALONE_LOCK = 7_763_838;
const BEGIN = `begin isolation level serializable; select pg_current_xact_id()::text as xid, pg_try_advisory_xact_lock_shared(${ALONE_LOCK})::text as shared`;
/** Units wait for a lost database this long before their callers are told; new ones queue up behind them, within the queue's limit. */
const RECONNECT_MS_MAX = 10_000;
const RECONNECT_BACKOFF = { baseMs: 100, capMs: 2_000 };
/** A transaction takes milliseconds. Whoever takes longer hangs, and is waited for no longer: who is not alone can only be too late once more. */
const ALONE_WAIT_MS_MAX = 250;
const BE_ALONE = `set lock_timeout = ${ALONE_WAIT_MS_MAX}; select pg_advisory_lock(${ALONE_LOCK}); set lock_timeout = 0`;
const END_ALONE = `select pg_advisory_unlock(${ALONE_LOCK})`;
/** A COMMIT whose connection broke may still be under way in the server. */
const COMMIT_CHECKS_MAX = 20;
const COMMIT_CHECK_MS = 250;
/**
 * 40001 serialization failure, 40P01 deadlock: PostgreSQL asks for the transaction again. 23505, a key that is there: whoever chose it by what they
 * had read before has met another replica's unit that chose the same, which PostgreSQL does not see; run again, the unit reads what that one has written.
 */
const ASKS_AGAIN = new Set(['40001', '40P01', '23505']);

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
  /** Units of this transaction. */
  #units = 0;
  /** Transactions from now on that want the database to themselves: the units of a batch that was asked for again, each in its own. */
  #aloneLeft = 0;
  #isAlone = false;

  constructor(source: PostgresSource, clock: Clock, log: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  async begin(): Promise<void> {
    if (this.#session === undefined || this.#session.lost) await this.#connect();
    this.#endTurn = await this.#source.takeTurn?.();
    try {
      if (this.#aloneLeft > 0) await this.#beAlone();
      let row = await this.#begin();
      // Another replica's unit runs again.
      if (row?.shared === 'false') {
        await this.#live().script('rollback');
        await this.#beAlone();
        row = await this.#begin();
      }
      this.#xid = row?.xid;
      this.#savepointDone = false;
      this.#units = 1;
    } catch (error) {
      // It may have begun before it failed; left as it is, the session would refuse whatever comes, and keep the others out.
      await this.rollback().catch(() => undefined);
      throw error;
    }
  }

  async savepoint(): Promise<void> {
    // The last unit's savepoint goes in the same round trip.
    await this.#live().script(this.#savepointDone ? 'release savepoint unit; savepoint unit' : 'savepoint unit');
    this.#savepointDone = false;
    this.#units += 1;
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
    } finally {
      await this.#endAlone();
    }
  }

  async rollback(): Promise<void> {
    try {
      if (this.#session?.lost === false) await this.#session.script('rollback');
    } finally {
      this.#ended();
      await this.#endAlone();
    }
  }

  isOpen(): boolean {
    return this.#xid !== undefined && this.#session?.lost === false;
  }

  mayRetry(error: unknown): boolean {
    if (!(error instanceof StatementFailed)) return false;
    const hasMet = ASKS_AGAIN.has(codeOf(error));
    if (hasMet) this.#aloneLeft = Math.max(this.#aloneLeft, this.#units);
    return hasMet || this.#session?.lost === true;
  }

  afterBatch(): void {
    if (this.#xid !== undefined) this.#ended();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #begin(): Promise<{ readonly xid: string; readonly shared: string } | undefined> {
    const [row] = (await this.#live().script(BEGIN)) as { xid: string; shared: string }[];
    return row;
  }

  async #beAlone(): Promise<void> {
    this.#aloneLeft = Math.max(0, this.#aloneLeft - 1);
    if (this.#isAlone) return;
    try {
      await this.#live().script(BE_ALONE);
      this.#isAlone = true;
    } catch (error) {
      this.#log.warn('another replica keeps its transaction open', { error: String(error) });
    }
  }

  async #endAlone(): Promise<void> {
    if (!this.#isAlone) return;
    this.#isAlone = false;
    // It ends with its session, too.
    await this.#session?.script(END_ALONE).catch(() => undefined);
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
    this.#isAlone = false;
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

function codeOf(error: StatementFailed): string {
  const cause = error.cause as { code?: unknown } | undefined;
  return String(cause?.code);
}
