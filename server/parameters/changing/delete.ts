// A parameter goes with all that belongs to it, and the world is told.
import type { Scope } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { changeEvent } from '../events.ts';
import { TAG_TYPE } from '../parameter.ts';
import * as store from '../store.ts';

/** False when it is not there, or another account's: sharing gives nobody the right to delete. */
export async function removeParameter(
  { outbox, tags, watchers }: Pick<Parameters, 'outbox' | 'tags' | 'watchers'>,
  tx: Tx,
  ctx: Scope & { readonly now: Date },
  owner: Scope,
  key: string,
): Promise<boolean> {
  if (owner.account !== ctx.account || owner.region !== ctx.region) return false;
  const parameter = await store.findParameter(tx, owner, key);
  if (parameter === undefined || !(await store.deleteParameter(tx, owner, key))) return false;
  await tags.removeAll(tx, owner, TAG_TYPE, key);
  await outbox.put(tx, [changeEvent(owner, parameter, 'Delete', ctx.now)]);
  watchers.changed(tx, owner, key);
  return true;
}
