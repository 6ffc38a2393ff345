// The commit queue: the one way to write. Units of work wait in a queue; a batch runs them one after another in one
// transaction, each undone alone when it fails, and every promise settles only after the one COMMIT is durable.
//
//   queued -> running -> waiting for COMMIT -> resolved | rejected
//      ^                                 |
//      +--- again, alone in its batch ---+    lost connection, deadlock (PostgreSQL)
//
// Invariant: nothing is told to a caller, good or bad, that a later crash could make untrue.
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { type CommitMetrics, createCommitMetrics } from './commit-metrics.ts';
import type { Tx } from './database.ts';
import { DatabaseClosed, UnitTimedOut } from './errors.ts';
import type { StatementConnection } from './statement.ts';
import { Transaction } from './transaction.ts';

/** One COMMIT costs an fsync (0.2–20 ms): 256 units make it cheap per unit, and bound what one failure takes along. */
export const BATCH_UNITS_MAX = 256;
/** A batch holds the main thread on SQLite: other sockets wait no longer than this, plus the COMMIT. */
const BATCH_MS_MAX = 5;
/** From here on a COMMIT is worth waiting for more units, half as long as it takes and no longer than a batch. */
const GATHER_COMMIT_MS_MIN = 1;
/** Of a COMMIT: so long nothing has come, so whoever was about to write has written. What a lone caller waits more. */
const GATHER_QUIET_SHARE = 0.1;
/** So many turns, each of which brought somebody, are waited for whatever a COMMIT takes: without it 64 callers come in two groups, each with its own. */
const GROWING_TURNS_MAX = 8;
/** Some milliseconds of turns that bring nothing: an end also where a test's clock stands still. */
const GATHER_TURNS_MAX = 2_000;
/** Of the last COMMIT in the average of all. */
const COMMIT_MS_WEIGHT = 0.2;
/** More than every node of a 10,000-node fleet reporting at once; beyond it callers are told to come back. */
const QUEUE_UNITS_MAX = 16_384;
/** A unit awaits only the database, where it takes milliseconds. */
const UNIT_MS_MAX = 10_000;
/** A unit this slow delays everybody behind it: worth a line in the log. */
const SLOW_UNIT_MS = 100;

/** One transaction after another on one connection. SQLite does everything at once and returns nothing to wait for. */
export interface BatchWriter {
  readonly connection: StatementConnection;
  readonly batchUnitsMax: number;
  /** How often a unit may run until it is given up. */
  readonly attemptsMax: number;
  begin(): void | Promise<void>;
  savepoint(): void | Promise<void>;
  releaseSavepoint(): void | Promise<void>;
  rollbackToSavepoint(): void | Promise<void>;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
  /** Whether the transaction that `begin` opened is still there. */
  isOpen(): boolean;
  /** Whether the same units may succeed when they run again. */
  mayRetry(error: unknown): boolean;
  /** After each batch, outside a transaction. */
  afterBatch(): void;
}

interface Unit {
  readonly name: string;
  readonly work: (tx: Tx) => Promise<unknown>;
  /** Has a transaction of its own elsewhere: runs alone, and `work` does not know its `tx`. */
  readonly isApart: boolean;
  readonly limitMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

type Outcome =
  | { readonly unit: Unit; readonly value: unknown; readonly afterCommit: readonly (() => void)[] }
  | { readonly unit: Unit; readonly error: unknown };

/** What has been seen since a batch was asked for. */
interface Gathering {
  readonly startedMs: number;
  /** When a unit came last. */
  readonly grewMs: number;
  readonly length: number;
  readonly turns: number;
}

export interface CommitQueueOptions {
  readonly writer: BatchWriter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Starts a batch: after this turn of the event loop in production, so that everything that arrived in it joins. */
  readonly schedule: (drain: () => void) => void;
}

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #writer: BatchWriter;
  readonly #queue: Unit[] = [];
  #head = 0;
  #draining = false;
  /** What a COMMIT takes, lately. */
  #commitMs = 0;
  #batch: Outcome[] = [];
  #current: { readonly unit: Unit; readonly abort: (error: unknown) => void; readonly startedMs: number } | undefined;
  #closed: Error | undefined;
  /** The database died: nothing may touch it any more. */
  #dead = false;
  #idle: (() => void)[] = [];
  readonly #record: CommitMetrics;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#writer = options.writer;
    this.#record = createCommitMetrics(options.metrics, () => this.#length);
  }

  write<R>(name: string, work: (tx: Tx) => Promise<R>, limitMs = UNIT_MS_MAX): Promise<R> {
    return this.#enqueue(name, work, false, limitMs);
  }

  /**
   * In its turn, while nobody else writes: `work` commits what it does itself, elsewhere, and is waited for however long it takes. The database has one
   * writer, so the units behind it wait; the main thread does not.
   */
  writeApart(name: string, work: () => Promise<void>): Promise<void> {
    return this.#enqueue(name, work, true, UNIT_MS_MAX);
  }

  #enqueue<R>(name: string, work: (tx: Tx) => Promise<R>, isApart: boolean, limitMs: number): Promise<R> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#length >= QUEUE_UNITS_MAX) {
      this.#record.refused(name);
      return Promise.reject(
        new ApiError('ServiceUnavailable', 'The service is overloaded: too many writes are waiting. Try again.', {
          httpStatus: 503,
        }),
      );
    }
    return new Promise<R>((resolve, reject) => {
      this.#queue.push({ name, work, isApart, limitMs, resolve: resolve as (value: unknown) => void, reject, attempts: 0 });
      if (isApart) this.#startNow();
      else this.#start();
    });
  }

  /** Refuses new units and resolves when the queue is empty. */
  async close(): Promise<void> {
    this.#closed ??= new DatabaseClosed();
    if (!this.#draining && this.#length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The database is gone: everything that waits is rejected, nothing runs any more. */
  abandon(error: Error): void {
    this.#closed = error;
    this.#dead = true;
    for (const outcome of this.#batch.splice(0)) outcome.unit.reject(error);
    for (const unit of this.#queue.splice(0).slice(this.#head)) unit.reject(error);
    this.#head = 0;
    this.#current?.unit.reject(error);
    this.#current?.abort(error);
    this.#notifyIdle();
  }

  get #length(): number {
    return this.#queue.length - this.#head;
  }

  /** Whoever comes while it runs elsewhere has the next one. */
  #startNow(): void {
    if (this.#draining) return;
    this.#draining = true;
    void this.#drain();
  }

  #start(): void {
    if (this.#draining) return;
    this.#draining = true;
    const startedMs = this.#options.clock.monotonicMs();
    this.#options.schedule(() => this.#gather({ startedMs, grewMs: startedMs, length: 0, turns: 0 }));
  }

  /**
   * Callers whom one COMMIT answered come back one after another, in several turns: on a slow disk the first of them would take the next COMMIT for
   * themselves. So a batch begins when nobody has come for a moment.
   */
  #gather(seen: Gathering): void {
    const nowMs = this.#options.clock.monotonicMs();
    const length = this.#length;
    const grewMs = length > seen.length ? nowMs : seen.grewMs;
    const waitMs = this.#commitMs < GATHER_COMMIT_MS_MIN ? 0 : Math.min(this.#commitMs / 2, BATCH_MS_MAX);
    const isGrowing = length > seen.length && seen.turns < GROWING_TURNS_MAX;
    const isEnough =
      length >= this.#writer.batchUnitsMax ||
      (!isGrowing && (nowMs - seen.startedMs >= waitMs || nowMs - grewMs >= this.#commitMs * GATHER_QUIET_SHARE));
    if (isEnough || this.#dead || seen.turns >= GATHER_TURNS_MAX) void this.#drain();
    else this.#options.schedule(() => this.#gather({ startedMs: seen.startedMs, grewMs, length, turns: seen.turns + 1 }));
  }

  async #drain(): Promise<void> {
    if (this.#queue[this.#head]?.isApart === true) await this.#runApart(this.#take());
    else if (this.#length > 0) await this.#runBatch();
    this.#draining = false;
    if (this.#length > 0 && !this.#dead) this.#start();
    else this.#notifyIdle();
  }

  #notifyIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #runApart(unit: Unit): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    try {
      // There is no transaction here: what runs apart was given without one.
      const value = await unit.work(undefined as never);
      this.#record.batch([{ unit, value }], clock.monotonicMs() - startedMs);
      unit.resolve(value);
    } catch (error) {
      this.#record.batch([{ unit, error }], clock.monotonicMs() - startedMs);
      unit.reject(error);
    }
    this.#afterBatch();
  }

  async #runBatch(): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const watch = this.#watch();
    try {
      do {
        const unit = this.#take();
        const outcome = await this.#runUnit(unit);
        this.#batch.push(outcome);
      } while (this.#mayTakeAnother(startedMs));
      const commitMs = clock.monotonicMs();
      if (this.#writer.isOpen()) await this.#writer.commit();
      if (this.#dead) return;
      const tookMs = clock.monotonicMs() - commitMs;
      this.#commitMs += (tookMs - this.#commitMs) * COMMIT_MS_WEIGHT;
      this.#settle(tookMs);
    } catch (error) {
      await this.#batchFailed(error);
    } finally {
      watch.cancel();
    }
    this.#afterBatch();
  }

  /** Everybody has been told: what goes wrong here is nobody's (a full disk has no room for a checkpoint, and goes on with the log it has). */
  #afterBatch(): void {
    if (this.#dead) return;
    try {
      this.#writer.afterBatch();
    } catch (error) {
      this.#options.log.error('clearing up after a commit failed', {}, error);
    }
  }

  #take(): Unit {
    const unit = this.#queue[this.#head] as Unit;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    }
    return unit;
  }

  #mayTakeAnother(startedMs: number): boolean {
    if (this.#length === 0 || this.#dead || this.#batch.length >= this.#writer.batchUnitsMax) return false;
    // A unit that runs again runs alone, and so does one apart.
    if ((this.#queue[this.#head] as Unit).isApart) return false;
    if ((this.#batch.at(-1) as Outcome).unit.attempts > 0 || (this.#queue[this.#head] as Unit).attempts > 0) return false;
    return this.#options.clock.monotonicMs() - startedMs < BATCH_MS_MAX;
  }

  /** Throws only what concerns the whole batch; the unit is then in `#batch` with the others. */
  async #runUnit(unit: Unit): Promise<Outcome> {
    const writer = this.#writer;
    try {
      // The first unit of a transaction needs no savepoint: rolling back undoes it alone.
      const first = !writer.isOpen();
      const opened = first ? writer.begin() : writer.savepoint();
      if (opened !== undefined) await opened;
      const outcome = await this.#work(unit);
      if (this.#dead) return outcome;
      if ('error' in outcome) {
        if (writer.mayRetry(outcome.error)) throw outcome.error;
        // The database itself ended the transaction (disk full, I/O error), and with it the units before this one.
        if (!writer.isOpen()) throw outcome.error;
        if (first) await writer.rollback();
        else await writer.rollbackToSavepoint();
      } else if (!first) {
        const released = writer.releaseSavepoint();
        if (released !== undefined) await released;
      }
      return outcome;
    } catch (error) {
      if (this.#dead) unit.reject(this.#closed);
      else this.#batch.push({ unit, error });
      throw error;
    }
  }

  async #work(unit: Unit): Promise<Outcome> {
    const { clock, log } = this.#options;
    const transaction = new Transaction(unit.name, this.#writer.connection, 'write');
    const startedMs = clock.monotonicMs();
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.#current = { unit, abort: reject, startedMs };
        unit.work(transaction as unknown as Tx).then(resolve, reject);
      });
      transaction.end();
      if (transaction.last !== undefined) await transaction.last;
      return transaction.failure === undefined
        ? { unit, value, afterCommit: transaction.afterCommit }
        : { unit, error: transaction.failure.error };
    } catch (error) {
      transaction.end();
      if (transaction.last !== undefined) await transaction.last;
      // A unit may have wrapped the error that says "once more".
      const { failure } = transaction;
      return { unit, error: failure !== undefined && this.#writer.mayRetry(failure.error) ? failure.error : error };
    } finally {
      this.#current = undefined;
      const tookMs = clock.monotonicMs() - startedMs;
      if (tookMs > SLOW_UNIT_MS) log.warn('slow unit of work', { unit: unit.name, tookMs: Math.round(tookMs) });
    }
  }

  /** On SQLite this can only fire while a unit awaits something that is not the database: its own work never leaves the microtasks. */
  #watch(): { cancel(): void } {
    const { clock, log } = this.#options;
    let limitMs = UNIT_MS_MAX;
    const check = (): void => {
      const current = this.#current;
      limitMs = current?.unit.limitMs ?? UNIT_MS_MAX;
      const leftMs = current === undefined ? limitMs : limitMs - (clock.monotonicMs() - current.startedMs);
      if (current === undefined || leftMs > 0) {
        timer = clock.setTimer(Math.max(1, Math.ceil(leftMs)), check);
        return;
      }
      const error = new UnitTimedOut(current.unit.name, limitMs);
      log.error('unit of work timed out', { unit: current.unit.name, limitMs }, error);
      current.abort(error);
      timer = clock.setTimer(limitMs, check);
    };
    let timer = clock.setTimer(limitMs, check);
    return { cancel: () => timer.cancel() };
  }

  #settle(commitMs: number): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#record.batch(batch, commitMs);
    for (const outcome of batch) {
      if ('error' in outcome) {
        outcome.unit.reject(outcome.error);
        continue;
      }
      this.#runAfterCommit(outcome.unit, outcome.afterCommit);
      outcome.unit.resolve(outcome.value);
    }
  }

  /** The unit is durable: what goes wrong here is logged, it cannot undo anything. */
  #runAfterCommit(unit: Unit, callbacks: readonly (() => void)[]): void {
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        this.#options.log.error('a consequence of a commit failed', { unit: unit.name }, error);
      }
    }
  }

  async #batchFailed(error: unknown): Promise<void> {
    if (this.#dead) return;
    try {
      if (this.#writer.isOpen()) await this.#writer.rollback();
    } catch (rollbackError) {
      this.#options.log.error('rollback failed', {}, rollbackError);
    }
    if (this.#dead) return;
    const retry = this.#writer.mayRetry(error);
    const again: Unit[] = [];
    const batch = this.#batch;
    this.#batch = [];
    for (const { unit } of batch) {
      unit.attempts += 1;
      if (retry && unit.attempts < this.#writer.attemptsMax) again.push(unit);
      else unit.reject(error);
    }
    this.#queue.splice(0, this.#head, ...again);
    this.#head = 0;
    this.#record.failed(batch.length - again.length, again.length);
    this.#options.log.warn('batch rolled back', { units: batch.length, runAgain: again.length, error: String(error) });
  }
}
