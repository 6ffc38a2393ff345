// The reader, seen from the main thread: long reads and checkpoints run in its own and the event loop stays free.
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { toRow } from './statement.ts';
import type { Checkpointer } from './sqlite-writer.ts';
import { Thread } from './thread.ts';

/** Scans are answered one after another; a caller behind 256 of them had better ask again later. */
const QUESTIONS_MAX = 256;

export type ReaderQuestion =
  | { readonly kind: 'scan'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'checkpoint' };
export interface ReaderAnswer {
  readonly columns: readonly string[];
  readonly values: unknown[][];
}

export class Reader implements Checkpointer {
  readonly #thread: Thread<ReaderQuestion, ReaderAnswer>;
  readonly #log: Logger;

  constructor(path: string, log: Logger) {
    this.#thread = new Thread({ name: 'reader', script: new URL('./reader-worker.ts', import.meta.url), path, log });
    this.#log = log;
  }

  async scan(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    if (this.#thread.waiting >= QUESTIONS_MAX) {
      throw new ApiError('ServiceUnavailable', 'The service is overloaded: too many long reads are waiting. Try again.', {
        httpStatus: 503,
      });
    }
    const { columns, values } = await this.#thread.ask({ kind: 'scan', sql, parameters });
    return values.map((row) => toRow(columns, row));
  }

  async checkpoint(): Promise<void> {
    try {
      await this.#thread.ask({ kind: 'checkpoint' });
    } catch (error) {
      if (!this.#thread.isClosed) this.#log.warn('checkpoint failed', { error: String(error) });
    }
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
