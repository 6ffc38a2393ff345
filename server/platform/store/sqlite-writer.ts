// The commit queue's writer on SQLite: transaction control by prepared statements, and the write-ahead log kept short without
// stalling the main thread: a long checkpoint runs in the worker, and only a small rest is copied here.
import { BATCH_UNITS_MAX } from './commit-queue.ts';
import type { BatchWriter } from './commit-queue.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** 16 MB of 4 KB pages: the worker starts to copy the log back into the database. */
const CHECKPOINT_FRAMES = 4_000;
/** What may be copied on the main thread after the worker's turn, so that the log can start anew: about 2 ms. */
const REST_FRAMES_MAX = 500;
/** 256 MB: the worker does not keep up, or a reader holds the log; better one stall than a full disk. */
const STALL_FRAMES = 64_000;

export interface Checkpointer {
  /** Runs a passive checkpoint in the worker. Called again only after it has resolved. Never rejects. */
  checkpoint(): Promise<void>;
}

export class SqliteWriter implements BatchWriter {
  readonly connection: SqliteConnection;
  readonly batchUnitsMax = BATCH_UNITS_MAX;
  readonly attemptsMax = 1;
  readonly #checkpointer: Checkpointer | undefined;
  #checkpointing = false;
  /** The worker is through. What came meanwhile is copied between two batches, when nobody writes, in this thread or beside: only then the log can start anew. */
  #restIsDue = false;
  /** What the worker was to copy. A rest that is still long is asked for at once while each is at most half of the one before. */
  #askedFrames = 0;
  /** The log's end when the next checkpoint is due; moves on after each, so that a held-back log is not tried on every batch. */
  #dueFrames = CHECKPOINT_FRAMES;
  #stallFrames = STALL_FRAMES;

  constructor(connection: SqliteConnection, checkpointer: Checkpointer | undefined) {
    this.connection = connection;
    this.#checkpointer = checkpointer;
  }

  begin(): void {
    this.#run('begin immediate');
  }
  savepoint(): void {
    this.#run('savepoint unit');
  }
  releaseSavepoint(): void {
    this.#run('release unit');
  }
  rollbackToSavepoint(): void {
    this.#run('rollback to unit');
    this.#run('release unit');
  }
  commit(): void {
    this.#run('commit');
    this.connection.mark('committed');
  }
  rollback(): void {
    this.#run('rollback');
  }
  isOpen(): boolean {
    return this.connection.inTransaction;
  }
  /** Nothing on SQLite gets better by itself: busy has waited already. */
  mayRetry(): boolean {
    return false;
  }

  afterBatch(): void {
    if (this.#checkpointer === undefined || this.#checkpointing) return;
    const { frames, checkpointed } = this.connection.checkpoint('NOOP');
    if (this.#restIsDue) {
      this.#restIsDue = false;
      const rest = frames - checkpointed;
      const againAtOnce = rest > REST_FRAMES_MAX && rest <= this.#askedFrames / 2;
      this.#dueFrames = againAtOnce ? 0 : frames + CHECKPOINT_FRAMES;
      if (rest <= REST_FRAMES_MAX) this.connection.checkpoint('PASSIVE');
    }
    // The log started anew after a full checkpoint.
    if (frames < CHECKPOINT_FRAMES) {
      this.#dueFrames = CHECKPOINT_FRAMES;
      this.#stallFrames = STALL_FRAMES;
    }
    if (frames > this.#stallFrames) {
      this.#stallFrames = frames * 2;
      this.connection.checkpoint('PASSIVE');
    } else if (frames > this.#dueFrames) {
      this.#checkpointing = true;
      this.#askedFrames = frames - checkpointed;
      void this.#checkpointer.checkpoint().then(() => {
        this.#checkpointing = false;
        this.#restIsDue = true;
        return undefined;
      });
    }
  }

  #run(sql: string): void {
    this.connection.execute(sql, []);
  }
}
