// The reader worker, seen from the main thread: long reads and checkpoints run there and the event loop stays free. It starts with
// the first question, and anew after it died; questions it had then are rejected.
import { Worker } from 'node:worker_threads';
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { DatabaseClosed, StatementFailed } from './errors.ts';
import { toRow } from './statement.ts';
import type { Checkpointer } from './sqlite-writer.ts';

/** Scans are answered one after another; a caller behind 256 of them had better ask again later. */
const QUESTIONS_MAX = 256;

export type Question = { readonly id: number } & (
  | { readonly kind: 'scan'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'checkpoint' }
);
export type Answer = { readonly id: number } & (
  | { readonly columns: readonly string[]; readonly values: unknown[][] }
  | { readonly error: unknown; readonly sql: string }
);

interface Waiting {
  readonly resolve: (answer: { columns: readonly string[]; values: unknown[][] }) => void;
  readonly reject: (error: unknown) => void;
}

export class Reader implements Checkpointer {
  readonly #path: string;
  readonly #log: Logger;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  async scan(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    if (this.#waiting.size >= QUESTIONS_MAX) {
      throw new ApiError('ServiceUnavailable', 'The service is overloaded: too many long reads are waiting. Try again.', {
        httpStatus: 503,
      });
    }
    const { columns, values } = await this.#ask((id) => ({ id, kind: 'scan', sql, parameters }));
    return values.map((row) => toRow(columns, row));
  }

  async checkpoint(): Promise<void> {
    try {
      await this.#ask((id) => ({ id, kind: 'checkpoint' }));
    } catch (error) {
      if (!this.#closed) this.#log.warn('checkpoint failed', { error: String(error) });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(new DatabaseClosed());
    await worker?.terminate();
  }

  #ask(question: (id: number) => Question): Promise<{ columns: readonly string[]; values: unknown[][] }> {
    if (this.#closed) return Promise.reject(new DatabaseClosed());
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      try {
        // A worker thread has no origin.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        worker.postMessage(question(id));
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reader-worker.ts', import.meta.url), { workerData: { path: this.#path } });
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', (code) => this.#died(worker, new Error(`The reader worker ended with code ${code}.`)));
    return worker;
  }

  #answered(worker: Worker, answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // An idle worker does not keep the process alive.
    if (this.#waiting.size === 0) worker.unref();
    if ('error' in answer) waiting?.reject(new StatementFailed(answer.sql, answer.error));
    else waiting?.resolve(answer);
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#log.error('reader worker died', {}, error);
    this.#rejectAll(error);
  }

  #rejectAll(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
