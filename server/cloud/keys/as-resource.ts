// A key as the tagging API sees it: what its own policy says about changing its tags, and why it may take no change.
import type { DecisionOptions } from '../../platform/access/authenticator.ts';
import type { Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { whyUnchangeable } from './key.ts';
import { permissionOf } from './policy.ts';
import * as store from './store.ts';

export interface KeyResource {
  /** Why its tags stay as they are; undefined: they may be changed. */
  readonly whyNot: string | undefined;
  readonly permission: DecisionOptions;
}

/** Undefined: there is no such key. */
export async function findKeyResource(tx: ReadTx, scope: Scope, keyId: string): Promise<KeyResource | undefined> {
  const key = await store.findKey(tx, scope, keyId);
  if (key === undefined) return undefined;
  const whyNot = key.manager === 'CUSTOMER' ? whyUnchangeable(key)?.message : 'Keys that the server made take no tags.';
  // No grant gives the right to change tags.
  return { whyNot, permission: permissionOf(key, { callerAccount: scope.account }, undefined) };
}
