// The named limits of background work, with their reasons.

/** A crashed replica's reconcilers stand still this long; short enough for a person not to notice, long enough to ride out a slow disk. */
export const LEASE_MS = 15_000;
/** Two renewals may fail before a lease runs out. */
export const RENEW_MS = 5_000;
/** After a renewal that failed. */
export const RENEW_AGAIN_MS = 1_000;
/** A holder starts no pass in the last part of its lease: room for the difference of two replicas' clocks and for a pass to end. */
export const LEASE_MARGIN_MS = 3_000;
/** Passes of one reconciler at the same time, over different keys: they mostly wait for commits, which are shared. */
export const PASSES_MAX = 8;
/** Keys asked of `due` at a time: one page, one short read. */
export const DUE_KEYS_MAX = 500;
/** When `due` filled its page: how long after the page is worked off it is asked for the next. Bounds a `due` that always answers. */
export const DUE_AGAIN_MS = 100;
/** Woken keys that wait, per reconciler: about 10 MB of ids. What is above is found by `due`. */
export const PENDING_KEYS_MAX = 100_000;
/** Keys with a moment of their own, per reconciler. What is above is found by `due`. */
export const SCHEDULED_KEYS_MAX = 100_000;
/** Keys in one message between replicas: stays below the bus' payload limit however they are written. */
export const FORWARDED_KEYS_MAX = 200;
/** Ids and names, not documents: keeps the memory of what waits bounded. */
export const KEY_CHARACTERS_MAX = 200;
/** First and longest wait after a pass that failed. */
export const RETRY = { baseMs: 200, capMs: 30_000 } as const;
/** How long `stop` waits for passes that run; then their leases are left to run out, so nobody runs beside them. */
export const STOP_WAIT_MS = 10_000;
