// The agent's memory over kill -9 and power cuts: an append-only file of records and the state they fold to. The state changes when
// a record is durable, never before; so whoever acts on the state acts on what a restarted agent will also know.
import type { Clock } from '../machine/clock.ts';
import type { Log } from '../machine/log.ts';
import { openAppendLog } from './append-log.ts';
import type { AppendLog } from './append-log.ts';
import { applyRecord, emptyState, recordsOf } from './records.ts';
import type { JournalRecord, JournalState } from './records.ts';

/** A finished job's id is remembered this long: longer than any server repeats an unacknowledged job by default (AWS's own: 30 min). */
const DONE_KEPT_MS = 2 * 24 * 3600_000;
/** And at most so many: 100 bytes each. */
const DONE_MAX = 10_000;
/** The file is rewritten above this size, if that at least halves it. Ten jobs with their documents and replies stay far below. */
const COMPACT_ABOVE_BYTES = 2 * 1024 * 1024;

export interface Journal {
  readonly state: JournalState;
  /** Resolves when the records are durable and the state has them. */
  write(...records: readonly JournalRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { log: file, texts, damagedLines } = await openAppendLog(options.path);
  if (damagedLines > 0) options.log.warn('the journal had damaged lines; they are skipped', { damagedLines });
  const journal = new FileJournal(options, file);
  for (const text of texts) applyRecord(journal.state, JSON.parse(text) as JournalRecord);
  await journal.compact();
  return journal;
}

class FileJournal implements Journal {
  readonly state = emptyState();
  readonly #options: JournalOptions;
  readonly #file: AppendLog;
  #compactedBytes = 0;
  #writing = 0;
  #compacting: Promise<void> | undefined;

  constructor(options: JournalOptions, file: AppendLog) {
    this.#options = options;
    this.#file = file;
  }

  async write(...records: readonly JournalRecord[]): Promise<void> {
    while (this.#compacting !== undefined) await this.#compacting;
    this.#writing += 1;
    try {
      await this.#file.append(records.map((record) => JSON.stringify(record)));
      for (const record of records) applyRecord(this.state, record);
    } finally {
      this.#writing -= 1;
    }
    const limit = Math.max(COMPACT_ABOVE_BYTES, 2 * this.#compactedBytes);
    // Only between writes: a record that is durable but not yet in the state would be lost.
    if (this.#writing === 0 && this.#compacting === undefined && this.#file.sizeBytes > limit) {
      this.#compacting = this.compact().finally(() => {
        this.#compacting = undefined;
      });
      await this.#compacting;
    }
  }

  async compact(): Promise<void> {
    this.#forgetDone();
    const texts = recordsOf(this.state).map((record) => JSON.stringify(record));
    await this.#file.replace(texts);
    this.#compactedBytes = this.#file.sizeBytes;
  }

  #forgetDone(): void {
    const { done } = this.state;
    const oldestMs = this.#options.clock.nowMs() - DONE_KEPT_MS;
    let surplus = done.size - DONE_MAX;
    for (const [jobId, atMs] of done) {
      if (atMs < oldestMs || surplus > 0) done.delete(jobId);
      surplus -= 1;
    }
  }

  async close(): Promise<void> {
    await this.#compacting;
    await this.#file.close();
  }
}
