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
  const settled = openMs !== undefined && openMs >= SETTLED_MS;
  // The first short one is taken for a server that restarts.
  if (settled || (openMs !== undefined && failures === 0)) return { failures: 1, delayMs: FIRST_MS * ids.fraction() };
  const repeated = Math.max(0, failures - 1);
  return { failures: repeated + 2, delayMs: exponentialDelayMs(repeated, REPEATED, ids) };
}
