// The simulated clock: time stands still until a test moves it, and then it steps from timer to timer, so a callback due at
// +1 s observes +1 s. Between two timers everything that the last one started (promise chains, commit groups) settles first:
// the same calls give the same run.
import { Deadlines } from '@muster/server/platform/time/deadlines.ts';
import type { Clock } from '@muster/server/platform/time/clock.ts';

export interface SimulatedClock extends Clock {
  /** Moves time on by `ms`, firing every timer that falls due on the way. */
  advance(ms: number): Promise<void>;
  /** Moves time on, timer by timer, until `predicate` holds. Throws when it does not within `limitMs` of simulated time. */
  runUntil(predicate: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
  /** Resolves when nothing more happens without time moving on. */
  settle(): Promise<void>;
  /** Time does not move while `busy` answers true: for work that the event loop does not show, such as files and sockets. */
  holdWhile(busy: () => boolean): void;
  /** Timers that have not fired. */
  readonly timers: number;
}

/** After this many turns in a row without work the run counts as settled: promise chains may need a turn to show their next immediate. */
const QUIET_TURNS = 3;
/** A run that does not settle within so many turns feeds itself for ever: fail instead of hanging. */
const TURNS_MAX = 1_000_000;

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export function createSimulatedClock(start: Date = new Date('2027-01-01T00:00:00.000Z')): SimulatedClock {
  const startMs = start.getTime();
  let nowMs = startMs;
  let lastTimer = 0;
  const deadlines = new Deadlines<number>();
  const callbacks = new Map<number, () => void>();
  const holds: (() => boolean)[] = [];

  const busy = (): boolean => process.getActiveResourcesInfo().includes('Immediate') || holds.some((hold) => hold());

  async function settle(): Promise<void> {
    let quiet = 0;
    for (let turns = 0; quiet < QUIET_TURNS; turns++) {
      if (turns > TURNS_MAX)
        throw new Error(`The simulation did not settle within ${TURNS_MAX} turns: something wakes itself for ever`);
      await turn();
      quiet = busy() ? 0 : quiet + 1;
    }
  }

  /** Fires the next timer that is due by `untilMs`; false when there is none. */
  async function step(untilMs: number): Promise<boolean> {
    await settle();
    const next = deadlines.next();
    if (next === undefined || next > untilMs) return false;
    nowMs = Math.max(nowMs, next);
    const timer = deadlines.takeDue(nowMs);
    const fire = timer === undefined ? undefined : callbacks.get(timer);
    if (timer !== undefined) callbacks.delete(timer);
    fire?.();
    return true;
  }

  return {
    now: () => new Date(nowMs),
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    setTimer(delayMs, fire) {
      const timer = ++lastTimer;
      deadlines.set(timer, nowMs + Math.max(0, delayMs));
      callbacks.set(timer, fire);
      return {
        cancel() {
          deadlines.delete(timer);
          callbacks.delete(timer);
        },
      };
    },
    get timers() {
      return deadlines.size;
    },
    settle,
    holdWhile: (hold) => void holds.push(hold),
    async advance(ms) {
      const untilMs = nowMs + ms;
      while (await step(untilMs));
      nowMs = untilMs;
    },
    async runUntil(predicate, limitMs) {
      const untilMs = nowMs + limitMs;
      await settle();
      while (!(await predicate())) {
        if (await step(untilMs)) continue;
        nowMs = untilMs;
        if (await predicate()) return;
        throw new Error(`Not reached within ${limitMs} ms of simulated time: ${predicate.toString()}`);
      }
    },
  };
}
