// The one way to read the time and to wait. Production gets `systemClock`; tests get the simulated clock of testkit,
// which steps from timer to timer so that a callback due at +1 s observes +1 s.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time. */
  now(): Date;
  /** Wall-clock time in milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds from an arbitrary origin; never goes back. For latencies only. */
  monotonicMs(): number;
  /** Calls `fire` once, `delayMs` from now. The timer does not keep the process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** Node refuses delays above 2^31-1 ms; longer ones are cut, so a caller that waits for weeks must check and wait again. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, fire) {
    const handle = setTimeout(fire, Math.min(Math.max(0, delayMs), DELAY_MS_MAX));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
