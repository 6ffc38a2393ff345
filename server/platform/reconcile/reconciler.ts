// Background work: no input, idempotent, woken and periodic, leased, its status visible. A wake-up names its key and is coalesced;
// a pass loads only woken and due keys.

export interface Reconciler {
  /** Also the lease's name: one replica at a time runs it. */
  readonly name: string;
  /** How often `due` is asked although nobody woke it. */
  readonly periodMs: number;
  /** Keys that need a pass now although nobody woke them (deadlines, left-overs of a crash), at most `limit`, oldest first. */
  due(now: Date, limit: number): Promise<readonly string[]>;
  /** One pass over one key. Returns when it wants to see the key again (undefined: only when woken or due). Throwing is retried with backoff. */
  reconcile(key: string, now: Date): Promise<Date | undefined>;
}

export interface ReconcilerStatus {
  readonly name: string;
  readonly leased: boolean;
  readonly passes: number;
  readonly failures: number;
  readonly lastError: string | undefined;
  readonly lastPassAt: Date | undefined;
  readonly pending: number;
}

export interface Wakeups {
  /** Asks for a pass over `key`. Cheap, coalesced, also reaches the replica that holds the lease. Call after the commit. */
  wake(reconciler: string, key: string): void;
}
