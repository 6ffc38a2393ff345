// When a lost control channel is opened again. Pure.
import { exponentialDelayMs } from '../machine/backoff.ts';
import type { Ids } from '../machine/ids.ts';

/** A lost channel comes back within this: a restarted server has its fleet again soon, spread over the time. */
const FIRST_MS = 2500;
/**
 * Then 5-10 s, doubling. The stock agent goes up to 40 min, which leaves nodes away long after an outage; at 5 min ten thousand nodes still
 * are only 50 tries a second for a server that refuses them cheaply.
 */
const REPEATED = { firstMs: 10_000, capMs: 5 * 60_000 };
/** A channel that ends sooner counts as a failed try: two agents of one identity that replace each other must not do it fast. */
const SETTLED_MS = 60_000;

export interface Reconnect {
  /** Tries in a row that did not settle, this one included. */
  readonly failures: number;
  readonly delayMs: number;
}

/** `openMs`: how long the channel was open; undefined when it was not. `failures`: of the tries before. */
export function planReconnect(openMs: number | undefined, failures: number, ids: Ids): Reconnect {
  if (openMs !== undefined && openMs >= SETTLED_MS) return { failures: 0, delayMs: FIRST_MS * ids.fraction() };
  // The first one that was open is taken for a server that restarts.
  if (openMs !== undefined && failures === 0) return { failures: 1, delayMs: FIRST_MS * ids.fraction() };
  return { failures: failures + 1, delayMs: exponentialDelayMs(failures, REPEATED, ids) };
}
