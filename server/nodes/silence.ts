// The reconciler that turns silent nodes into ConnectionLost. Finds them by an index on (status, last sign of life): a tick costs what
// is overdue, not the fleet. After a start everybody gets one whole period before being judged: the server, not the node, was away.
import type { Outbox } from '../platform/outbox/outbox.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { Database } from '../platform/store/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import { pingStatusEvent } from './ping-status-event.ts';
import { byScope } from './presence.ts';
import type { NodePresence } from './presence.ts';
import * as store from './store.ts';

/** Agents ping every five minutes; two missed pings and a minute of grace. */
export const SILENCE_MS = (2 * 5 + 1) * 60 * 1000;
const PERIOD_MS = 30_000;
/** Nodes in one unit of work. */
const BATCH = 500;
/** Everything overdue is one piece of work. */
const KEY = 'overdue';

export interface SilenceOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly presence: NodePresence;
}

export function createSilenceReconciler({ database, outbox, clock, presence }: SilenceOptions): Reconciler {
  const judgesFromMs = clock.nowMs() + SILENCE_MS;
  const before = (now: Date): Date => new Date(now.getTime() - SILENCE_MS);
  return {
    name: 'nodes.silence',
    periodMs: PERIOD_MS,
    async due(now) {
      if (now.getTime() < judgesFromMs) return [];
      const overdue = await database.read((tx) => store.findOverdue(tx, before(now), 1));
      return overdue.length > 0 ? [KEY] : [];
    },
    async reconcile(_key, now) {
      if (now.getTime() < judgesFromMs) return new Date(judgesFromMs);
      // What this replica has seen and not yet written counts.
      await presence.flush();
      const lost = await database.write('nodes.lost', async (tx) => {
        const overdue = await store.findOverdue(tx, before(now), BATCH);
        for (const [scope, nodeIds] of byScope(overdue)) await store.markLost(tx, scope, nodeIds);
        const events = overdue.map(({ scope, nodeId }) => pingStatusEvent(scope, nodeId, 'ConnectionLost', now));
        if (events.length > 0) await outbox.put(tx, events);
        return overdue.length;
      });
      return lost === BATCH ? now : undefined;
    },
  };
}
