// Frees the space of blobs that were removed and of puts that never finished, some hours afterwards.
import type { Reconciler } from '../reconcile/reconciler.ts';
import { type Blobs, REMOVED_KEPT_MS } from './blobs.ts';

const PERIOD_MS = 15 * 60_000;
const KEY = 'all';

export function createBlobSweep(blobs: Blobs): Reconciler {
  return {
    name: 'blob-sweep',
    periodMs: PERIOD_MS,
    due: () => Promise.resolve([KEY]),
    async reconcile(_key, now) {
      await blobs.removeLeftovers(new Date(now.getTime() - REMOVED_KEPT_MS));
      return undefined;
    },
  };
}
