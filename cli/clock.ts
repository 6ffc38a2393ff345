// The command line's one way to read the time and to wait.
import { setTimeout } from 'node:timers/promises';

export function now(): Date {
  return new Date();
}

/** Waits until `holds` is true, at most `limitMs`; says whether it became true. For facts that nobody announces, such as another process's end. */
export async function waitUntil(holds: () => boolean, limitMs: number, periodMs = 50): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() >= deadline) return false;
    await setTimeout(periodMs);
  }
  return true;
}
