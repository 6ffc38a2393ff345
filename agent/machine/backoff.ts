// Waiting between tries. Half of each delay is random, so that a fleet that lost its server together does not come back together.
import type { Ids } from './ids.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

/** Between half of and the whole of `firstMs · 2^attempt`, capped. */
export function exponentialDelayMs(attempt: number, backoff: Backoff, ids: Ids): number {
  const whole = Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return whole / 2 + (whole / 2) * ids.fraction();
}
