// One reconciler's keys on this replica: who waits, who runs, who has a moment of its own. Invariants: never two passes over one key
// at a time; a wake during a pass means one more pass after it; a key that failed waits out its backoff whoever wakes it; no pass
// starts without a valid lease.
//
//            wake, due                 room                    done
//   absent ------------> pending ------------> running ------------------> absent, or scheduled (it named a moment)
//                           ^                     |  \-- woken meanwhile -> pending
//                           |  moment reached     |  failed
//                           +----- scheduled <----+--------- (backoff)
import type { Ids } from '../ids.ts';
import type { Logger } from '../telemetry/log.ts';
import { backoffMs } from '../time/backoff.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { Deadlines } from '../time/deadlines.ts';
import { nextTurn, type Turn } from '../time/turn.ts';
import { DUE_AGAIN_MS, DUE_KEYS_MAX, PASSES_MAX, PENDING_KEYS_MAX, RETRY, SCHEDULED_KEYS_MAX } from './limits.ts';
import type { Reconciler, ReconcilerStatus } from './reconciler.ts';

export interface LaneOptions {
  readonly reconciler: Reconciler;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'fraction'>;
  readonly log: Logger;
  readonly measure: (outcome: 'passed' | 'failed', seconds: number) => void;
  readonly dropped: (count: number) => void;
  /** Something ended: whoever waits for quiet looks again. */
  readonly changed: () => void;
}

interface Lease {
  readonly epoch: number;
  /** On the monotonic clock: a wall clock that is set back must not lengthen a lease. */
  validUntilMs: number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #pending = new Set<string>();
  /** Key -> woken again meanwhile. Outlives a lost lease: what runs, runs. */
  readonly #running = new Map<string, boolean>();
  readonly #scheduled = new Deadlines<string>();
  /** Failures in a row, of keys in backoff only. */
  readonly #failing = new Map<string, number>();
  #lease: Lease | undefined;
  #alarm: Timer | undefined;
  #period: Timer | undefined;
  #turn: Turn | undefined;
  #asking = false;
  #moreDue = false;
  #passes = 0;
  #failures = 0;
  #lastError: string | undefined;
  #lastPassAt: Date | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.reconciler.name;
  }

  get epoch(): number | undefined {
    return this.#lease?.epoch;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Nothing pending that may run, nothing running. What is scheduled waits for time, not for work. */
  get idle(): boolean {
    return this.#running.size === 0 && !this.#asking && (this.#pending.size === 0 || !this.#valid());
  }

  status(): ReconcilerStatus {
    return {
      name: this.name,
      leased: this.#valid(),
      passes: this.#passes,
      failures: this.#failures,
      lastError: this.#lastError,
      lastPassAt: this.#lastPassAt,
      pending: this.#pending.size + this.#running.size,
    };
  }

  /** The lease was taken or renewed. What is due is asked at once when it is a new one: nobody knows what its last holder left. */
  hold(epoch: number, validUntilMs: number): void {
    if (this.#lease?.epoch === epoch) {
      this.#lease.validUntilMs = validUntilMs;
      this.#pumpSoon();
      return;
    }
    this.#lease = { epoch, validUntilMs };
    this.#pumpSoon();
    void this.#ask();
  }

  /** The lease is somebody else's. Keys are dropped: the new holder finds what is due. */
  lose(): void {
    this.#lease = undefined;
    this.#pending.clear();
    this.#scheduled.clear();
    this.#failing.clear();
    this.#alarm?.cancel();
    this.#period?.cancel();
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#moreDue = false;
    this.#options.changed();
  }

  wake(key: string): void {
    if (this.#running.has(key)) this.#running.set(key, true);
    else if (!this.#failing.has(key)) this.#enqueue(key);
  }

  #valid(): boolean {
    return this.#lease !== undefined && this.#options.clock.monotonicMs() < this.#lease.validUntilMs;
  }

  #enqueue(key: string): void {
    if (this.#pending.size >= PENDING_KEYS_MAX && !this.#pending.has(key)) {
      this.#moreDue = true;
      this.#failing.delete(key);
      this.#options.dropped(1);
      return;
    }
    this.#pending.add(key);
    this.#pumpSoon();
  }

  /** In the next turn: whoever else wakes the same key in this one is served by the same pass. */
  #pumpSoon(): void {
    this.#turn ??= nextTurn(() => {
      this.#turn = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    for (const key of this.#pending) {
      if (this.#running.size >= PASSES_MAX || !this.#valid()) return;
      // Left-over of an earlier lease of this replica: it has its turn when that pass has ended.
      this.#pending.delete(key);
      if (this.#running.has(key)) this.#running.set(key, true);
      else void this.#pass(key);
    }
    if (this.#moreDue && this.#running.size === 0) this.#askIn(DUE_AGAIN_MS);
  }

  async #pass(key: string): Promise<void> {
    const { reconciler, clock, log } = this.#options;
    const lease = this.#lease;
    this.#running.set(key, false);
    this.#scheduled.delete(key);
    const startedMs = clock.monotonicMs();
    let next: Date | undefined;
    let failure: { readonly cause: unknown } | undefined;
    try {
      next = await reconciler.reconcile(key, clock.now());
    } catch (cause) {
      failure = { cause };
    }
    const wokenMeanwhile = this.#running.get(key) ?? false;
    this.#running.delete(key);
    this.#passes++;
    this.#lastPassAt = clock.now();
    this.#options.measure(failure === undefined ? 'passed' : 'failed', (clock.monotonicMs() - startedMs) / 1000);
    if (failure !== undefined) {
      this.#failures++;
      this.#lastError = failure.cause instanceof Error ? failure.cause.message : String(failure.cause);
      log.error('reconcile: a pass failed', { key, failures: (this.#failing.get(key) ?? 0) + 1 }, failure.cause);
    }
    // A lease that was lost and taken again meanwhile: its keys were dropped, only a wake since then counts.
    if (this.#lease !== undefined) {
      if (failure !== undefined && this.#lease === lease) this.#retry(key);
      else this.#passed(key, wokenMeanwhile, this.#lease === lease ? next : undefined);
    }
    this.#pumpSoon();
    this.#options.changed();
  }

  #passed(key: string, wokenMeanwhile: boolean, next: Date | undefined): void {
    this.#failing.delete(key);
    if (wokenMeanwhile) this.#enqueue(key);
    else if (next !== undefined) this.#schedule(key, next.getTime());
  }

  #retry(key: string): void {
    const failures = (this.#failing.get(key) ?? 0) + 1;
    const waitMs = backoffMs(failures, RETRY, this.#options.ids.fraction());
    if (this.#schedule(key, this.#options.clock.nowMs() + waitMs)) this.#failing.set(key, failures);
    else this.#failing.delete(key);
  }

  #schedule(key: string, atMs: number): boolean {
    if (this.#scheduled.size >= SCHEDULED_KEYS_MAX) {
      this.#options.dropped(1);
      return false;
    }
    this.#scheduled.set(key, atMs);
    if (this.#scheduled.next() === atMs) this.#armAlarm();
    return true;
  }

  #armAlarm(): void {
    this.#alarm?.cancel();
    const next = this.#scheduled.next();
    if (next === undefined) return;
    this.#alarm = this.#options.clock.setTimer(next - this.#options.clock.nowMs(), () => {
      const nowMs = this.#options.clock.nowMs();
      for (let key = this.#scheduled.takeDue(nowMs); key !== undefined; key = this.#scheduled.takeDue(nowMs)) this.#enqueue(key);
      this.#armAlarm();
    });
  }

  #askIn(delayMs: number): void {
    this.#moreDue = false;
    this.#period?.cancel();
    this.#period = this.#options.clock.setTimer(delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const { reconciler, clock, log } = this.#options;
    if (this.#asking || this.#lease === undefined) return;
    const lease = this.#lease;
    this.#asking = true;
    let keys: readonly string[] = [];
    try {
      if (this.#valid()) keys = await reconciler.due(clock.now(), DUE_KEYS_MAX);
    } catch (cause) {
      this.#failures++;
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      log.error('reconcile: asking what is due failed', {}, cause);
    }
    this.#asking = false;
    if (this.#lease === lease) {
      this.#askIn(reconciler.periodMs);
      this.#moreDue = keys.length >= DUE_KEYS_MAX;
      for (const key of keys) this.wake(key);
    } else if (this.#lease !== undefined) void this.#ask();
    this.#options.changed();
  }
}
