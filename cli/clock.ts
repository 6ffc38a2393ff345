// The command line's one way to read the time and to wait.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  now(): Date;
  /** Milliseconds that only grow, for durations. */
  elapsedMs(): number;
  /** Resolves after the time, or at once when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` again and again until the returned function is called; keeps no process alive. */
  every(periodMs: number, action: () => void): () => void;
  /** Between 0 and 1, so that many clients of a restarted server do not come back in step. */
  jitter(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  async wait(ms, signal) {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  },
  every(periodMs, action) {
    const timer = setInterval(action, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  jitter: () => Math.random(),
};

export function now(): Date {
  return systemClock.now();
}

/** Waits until `holds` is true, at most `limitMs`; says whether it became true. For facts that nobody announces, such as another process's end. */
export async function waitUntil(holds: () => boolean, limitMs: number, periodMs = 50): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() >= deadline) return false;
    await sleep(periodMs);
  }
  return true;
}
