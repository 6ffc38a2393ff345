// Writes the journal. A deed's entry goes into the deed's transaction; entries of reads and denials are gathered and written
// together within a second. Invariant: in each (account, region) the entries are numbered 1, 2, 3 … in the order of commits, without
// gaps, so that a chain of hashes can be laid over them afterwards.
import { ApiError } from '../api/errors.ts';
import type { Scope } from '../ids.ts';
import type { Database, ReadTx } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { afterThis, nextTurn } from '../time/turn.ts';
import { toRow } from './bounded.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { type JournalRecord, toRecord } from './record.ts';
import { appendEntries, appendingSteps, listEntries, type UnnumberedRow } from './store.ts';

export interface JournalOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface JournalPage {
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  /** The last record of the page before. */
  readonly after?: Pick<JournalRecord, 'at' | 'sequence'>;
  readonly limit: number;
}

export interface OpenJournal extends Journal {
  /** Writes what `later` has taken so far. */
  flush(): Promise<void>;
  /** Newest first. */
  read(tx: ReadTx, scope: Scope, page: JournalPage): Promise<JournalRecord[]>;
  /** Writes what `later` holds and takes no more. Before the database closes. */
  close(): Promise<void>;
}

/** How late an entry of a read may be written. */
const FLUSH_MS = 1_000;
/** Entries in one unit: some milliseconds of writing, beside which its COMMIT is little. Half of it waiting writes at once. */
const BATCH_ENTRIES_MAX = 1_000;
/**
 * Entries that wait; some 20 MB at the most usual sizes (a kilobyte of text each, shared where callers repeat themselves). Above, reads and denials
 * are counted and lost rather than memory.
 */
const WAITING_ENTRIES_MAX = 20_000;
/**
 * Where somebody waits for an entry: what could not be written stays, and on a full disk callers come again and again. Twice the other bound, so that
 * `later` alone never keeps anybody out.
 */
const HELD_ENTRIES_MAX = 2 * WAITING_ENTRIES_MAX;
/** Turns of the event loop in which a round waits for those who come with its first: a turn admits some reads, so this many make a good group. */
const GATHER_TURNS_MAX = 8;
/** One page of records for a reader. */
const PAGE_ENTRIES_MAX = 500;

export function createJournal(options: JournalOptions): OpenJournal {
  return new BufferedJournal(options);
}

class BufferedJournal implements OpenJournal {
  readonly #options: JournalOptions;
  readonly #countDropped: (count: number) => void;
  #waiting: UnnumberedRow[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  /** Entries that were ever taken, and of them those that are written: rounds keep their order. */
  #taken = 0;
  #written = 0;
  #dropped = 0;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    const dropped = options.metrics.counter(
      'muster_journal_dropped_total',
      'Records of reads and denials lost because too many waited.',
    );
    this.#countDropped = (count) => dropped.inc({}, count);
  }

  async write(...[tx, entry]: Parameters<Journal['write']>): Promise<void> {
    await appendEntries(tx, entry, [toRow(entry)]);
  }

  later(entry: JournalEntry): void {
    if (this.#closed || this.#waiting.length >= WAITING_ENTRIES_MAX) {
      this.#dropped++;
      this.#countDropped(1);
      return;
    }
    this.#take(entry);
    if (this.#waiting.length >= BATCH_ENTRIES_MAX / 2) this.#writeSoon();
    else this.#timer ??= this.#options.clock.setTimer(FLUSH_MS, () => this.#writeSoon());
  }

  async durably(entry: JournalEntry): Promise<void> {
    if (this.#closed) throw new Error('the journal is closed');
    if (this.#waiting.length >= HELD_ENTRIES_MAX)
      throw new ApiError('ServiceUnavailable', 'The service is overloaded: too many records wait to be written. Try again.', {
        httpStatus: 503,
      });
    this.#take(entry);
    await this.flush();
  }

  async flush(): Promise<void> {
    const until = this.#taken;
    // The round that runs may have begun before the last entries came; what comes after them is waited for by nobody here.
    while (this.#written < until) await (this.#writing ?? this.#writeBatch());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    // Nobody is there to try it again in a second. Whoever wrote it may have died, or another process had the database for a moment.
    await this.flush().catch(() => this.flush());
  }

  async read(tx: ReadTx, { account, region }: Scope, { from, to, after, limit }: JournalPage): Promise<JournalRecord[]> {
    const before = after === undefined ? undefined : { at: after.at.getTime(), sequence: after.sequence };
    const range = {
      account,
      region,
      fromMs: from.getTime(),
      toMs: to.getTime(),
      before,
      limit: Math.min(limit, PAGE_ENTRIES_MAX),
    };
    return (await listEntries(tx, range)).map(toRecord);
  }

  #take(entry: JournalEntry): void {
    this.#waiting.push(toRow(entry));
    this.#taken++;
  }

  /** In the background: a failure is logged, the entries stay and are tried again after a second. */
  #writeSoon(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#writing !== undefined) return;
    this.#writeBatch().then(
      () => {
        if (this.#waiting.length >= BATCH_ENTRIES_MAX / 2) this.#writeSoon();
        return undefined;
      },
      (cause: unknown) =>
        this.#options.log.error(
          'journal: writing records failed; they are tried again',
          { waiting: this.#waiting.length },
          cause,
        ),
    );
  }

  /**
   * Until a turn brings nobody new. Callers whom one COMMIT answered come back in several turns: without this the first few of them would have a
   * COMMIT for themselves, and each costs more than dozens of entries. Where it is written apart nobody is waited for but those
   * who run now: calls go on meanwhile, and whoever comes then has the next round.
   */
  #gather(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#options.database.writeApart !== undefined) {
      afterThis(resolve);
      return promise;
    }
    const look = (taken: number, turns: number): void => {
      const goesOn = this.#taken > taken && turns < GATHER_TURNS_MAX && this.#waiting.length < BATCH_ENTRIES_MAX;
      if (goesOn) nextTurn(() => look(this.#taken, turns + 1));
      else resolve();
    };
    // The first look has seen nobody yet.
    nextTurn(() => look(0, 1));
    return promise;
  }

  async #writeBatch(): Promise<void> {
    let batch: readonly UnnumberedRow[] = [];
    // Only when the unit's turn has come, so that what came while it waited is in the same commit.
    const take = (): UnnumberedRow[][] => {
      batch = this.#waiting.slice(0, BATCH_ENTRIES_MAX);
      return byScope(batch);
    };
    this.#writing = this.#gather().then(() => appendAll(this.#options.database, take));
    try {
      await this.#writing;
      this.#waiting.splice(0, batch.length);
      this.#written += batch.length;
      if (this.#dropped > 0)
        this.#options.log.warn('journal: records of reads and denials were lost, too many waited', { lost: this.#dropped });
      this.#dropped = 0;
    } finally {
      this.#writing = undefined;
      if (this.#waiting.length > 0 && !this.#closed)
        this.#timer ??= this.#options.clock.setTimer(FLUSH_MS, () => this.#writeSoon());
    }
  }
}

/** In one order for everybody: two replicas that lock the same scopes must not wait for each other. */
function byScope(rows: readonly UnnumberedRow[]): UnnumberedRow[][] {
  const scopes = Map.groupBy(rows, ({ account, region }) => `${account} ${region}`);
  return [...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => list);
}

/** As one unit, `take`n when its turn has come. */
function appendAll(database: Database, take: () => readonly (readonly UnnumberedRow[])[]): Promise<void> {
  const name = 'journal.flush';
  if (database.writeApart !== undefined)
    return database.writeApart(name, () =>
      take().flatMap((rows) => appendingSteps(database.dialect, rows[0] as UnnumberedRow, rows)),
    );
  return database.write(name, async (tx) => {
    for (const rows of take()) await appendEntries(tx, rows[0] as UnnumberedRow, rows);
  });
}
