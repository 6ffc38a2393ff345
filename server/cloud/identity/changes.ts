// Tells caches of this process that what they know of an account is old. Called after a commit, so what a listener reads next is the new state;
// other processes notice by the age of what they keep.
import type { AccountId } from '../../platform/ids.ts';
import { afterCommit } from '../../platform/store/index.ts';
import type { Tx } from '../../platform/store/index.ts';

export interface IdentityChanges {
  /** Listeners must be cheap and must not throw. */
  onChanged(listener: (account: AccountId) => void): void;
  /** Once this unit is durable. */
  changed(tx: Tx, account: AccountId): void;
}

export function createIdentityChanges(): IdentityChanges {
  const listeners: ((account: AccountId) => void)[] = [];
  return {
    onChanged: (listener) => void listeners.push(listener),
    changed: (tx, account) =>
      afterCommit(tx, () => {
        for (const listener of listeners) listener(account);
      }),
  };
}
