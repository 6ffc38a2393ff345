// A worker thread of the database, seen from the main thread: questions and their answers. It starts with the first question, and anew after it
// died; questions it had then are rejected.
import { Worker } from 'node:worker_threads';
import type { Logger } from '../telemetry/log.ts';
import { type CarriedError, DatabaseClosed, fromCarried } from './errors.ts';

export interface Asked<Question> {
  readonly id: number;
  readonly question: Question;
}
export type Answered<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: CarriedError };

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface ThreadOptions {
  readonly name: string;
  readonly script: URL;
  /** Of the database; the script finds it in `workerData.path`. */
  readonly path: string;
  readonly log: Logger;
  readonly died?: () => void;
}

export class Thread<Question, Answer> {
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** Questions without an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  ask(question: Question): Promise<Answer> {
    if (this.#closed) return Promise.reject(new DatabaseClosed());
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      try {
        const asked: Asked<Question> = { id, question };
        // A worker thread has no origin.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        worker.postMessage(asked);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(new DatabaseClosed());
    await worker?.terminate();
  }

  #start(): Worker {
    const { name, script, path } = this.#options;
    const worker = new Worker(script, { name, workerData: { path } });
    worker.on('message', (answered: Answered<Answer>) => this.#answered(worker, answered));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', (code) => this.#died(worker, new Error(`The ${name} thread ended with code ${code}.`)));
    return worker;
  }

  #answered(worker: Worker, answered: Answered<Answer>): void {
    const waiting = this.#waiting.get(answered.id);
    this.#waiting.delete(answered.id);
    // An idle thread does not keep the process alive.
    if (this.#waiting.size === 0) worker.unref();
    if ('error' in answered) waiting?.reject(fromCarried(answered.error));
    else waiting?.resolve(answered.answer);
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#options.log.error(`the ${this.#options.name} thread of the database died`, {}, error);
    this.#options.died?.();
    this.#rejectAll(error);
  }

  #rejectAll(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
