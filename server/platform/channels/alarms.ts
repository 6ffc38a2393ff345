// Deadlines of thousands of connections on one timer of the clock.
import type { Clock, Timer } from '../time/clock.ts';
import { Deadlines } from '../time/deadlines.ts';

export class Alarms<Key> {
  readonly #clock: Clock;
  readonly #ring: (key: Key, nowMs: number) => void;
  readonly #deadlines = new Deadlines<Key>();
  #timer: Timer | undefined;
  #armedMs = Infinity;

  constructor(clock: Clock, ring: (key: Key, nowMs: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `atMs`, or earlier when it was set to an earlier moment: whoever is rung looks what is due. */
  atLatest(key: Key, atMs: number): void {
    const known = this.#deadlines.at(key);
    if (known !== undefined && known <= atMs) return;
    this.#deadlines.set(key, atMs);
    this.#arm(atMs);
  }

  clear(key: Key): void {
    this.#deadlines.delete(key);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#deadlines.clear();
    this.#armedMs = Infinity;
  }

  #arm(atMs: number): void {
    if (atMs >= this.#armedMs) return;
    this.#timer?.cancel();
    this.#armedMs = atMs;
    this.#timer = this.#clock.setTimer(atMs - this.#clock.nowMs(), () => this.#fire());
  }

  #fire(): void {
    this.#armedMs = Infinity;
    const nowMs = this.#clock.nowMs();
    for (let key = this.#deadlines.takeDue(nowMs); key !== undefined; key = this.#deadlines.takeDue(nowMs))
      this.#ring(key, nowMs);
    const next = this.#deadlines.next();
    if (next !== undefined) this.#arm(next);
  }
}
