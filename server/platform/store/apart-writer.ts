// The second writer of the embedded database, in a thread of its own: units whose statements are all known beforehand. It writes only while the commit
// queue lets it, so the two never wait for each other's lock. The thread costs some 20 MB, so it starts where such units come often.
import type { Logger } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Step } from './database.ts';
import { Thread } from './thread.ts';

/** In one second: below it the main thread waits for less than a sixteenth of a disk's time. */
const OFTEN_UNITS = 16;
const OFTEN_MS = 1_000;
/** What a thread died of (no memory, no file handles) may last, and starting one costs as much as a thousand units: meanwhile they are the main thread's. */
const AGAIN_MS = 60_000;

export class ApartWriter {
  readonly #thread: Thread<readonly Step[], undefined>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #state: 'none' | 'starting' | 'ready' = 'none';
  #units = 0;
  #countedFromMs = 0;
  #notBeforeMs = -Infinity;

  constructor(path: string, clock: Pick<Clock, 'monotonicMs'>, log: Logger) {
    const died = (): void => {
      this.#state = 'none';
      this.#notBeforeMs = clock.monotonicMs() + AGAIN_MS;
    };
    this.#thread = new Thread({ name: 'writer', script: new URL('./apart-writer-worker.ts', import.meta.url), path, log, died });
    this.#clock = clock;
  }

  /** Whether the next unit is for the thread. Counts it; while the thread is not there, or starts, units are the main thread's. */
  takesNext(): boolean {
    if (this.#state !== 'none') return this.#state === 'ready';
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#notBeforeMs) return false;
    if (nowMs - this.#countedFromMs > OFTEN_MS) {
      this.#countedFromMs = nowMs;
      this.#units = 0;
    }
    this.#units += 1;
    if (this.#units >= OFTEN_UNITS) void this.#start();
    return false;
  }

  /** Resolves when all of it is durable; rejects when nothing of it is there, or when the thread died and nobody knows. */
  async run(steps: readonly Step[]): Promise<void> {
    await this.#thread.ask(steps);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    this.#units = 0;
    try {
      // Nothing to do is done when it is there.
      await this.#thread.ask([]);
      this.#state = 'ready';
    } catch {
      // It said why in the log, or everything closes.
      this.#state = 'none';
    }
  }
}
