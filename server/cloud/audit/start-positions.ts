// Where a destination of a trail begins: behind the last record there is now. A record that is being made counts as there.
import { sealedScopes } from '../../platform/journal/index.ts';
import type { Tx } from '../../platform/store/index.ts';
import * as store from './store.ts';

export async function startBucket(tx: Tx, trail: store.TrailKey): Promise<void> {
  await store.deletePositions(tx, trail);
  for (const { scope, lastSequence } of await sealedScopes(tx, trail.account))
    await store.putPosition(tx, trail, scope.region, lastSequence);
}

export async function startLogGroup(tx: Tx, trail: store.TrailKey): Promise<void> {
  await store.deleteLogPositions(tx, trail);
  for (const { scope, lastSequence } of await sealedScopes(tx, trail.account))
    await store.putLogPosition(tx, trail, scope.region, lastSequence, null);
}
