// Whom a document is shared with, and what that lets another account see. Pure.
//
// A share names an account or `all`, and which versions: the default one ($DEFAULT), the latest one ($LATEST), or all of them ($ALL).
// Rows decide, never the caller's ARN: what is not shared does not exist for others.
import type { DocumentHead } from '../document.ts';
import { versionNumber } from '../document.ts';

export type SharedVersion = '$DEFAULT' | '$LATEST' | '$ALL';

export interface Share {
  /** An account's id, or EVERYBODY. */
  readonly grantee: string;
  readonly sharedVersion: SharedVersion;
}

export const EVERYBODY = 'all';
/** AWS's quota, for each document. */
export const SHARED_ACCOUNTS_MAX = 1000;
/** AWS's quota, for each account and region. */
export const PUBLIC_DOCUMENTS_MAX = 5;

export const MUST_UNSHARE =
  'You attempted to delete a document while it is still shared. You must stop sharing the document before you can delete it.';

export interface SharingChange {
  readonly add: ReadonlySet<string>;
  readonly remove: ReadonlySet<string>;
  readonly sharedVersion: SharedVersion;
}

/** Account ids as they are kept: `ALL` and `all` are the same. The owner needs no share with itself. */
export function readChange(
  owner: string,
  add: readonly string[],
  remove: readonly string[],
  version: string | undefined,
): SharingChange {
  const granteesOf = (ids: readonly string[]) =>
    new Set(ids.map((id) => (id.toLowerCase() === EVERYBODY ? EVERYBODY : id)).filter((id) => id !== owner));
  const sharedVersion = version === '$LATEST' || version === '$ALL' ? version : '$DEFAULT';
  return { add: granteesOf(add), remove: granteesOf(remove), sharedVersion };
}

/** Why the change cannot be made; undefined when it can. `shared`: with whom the document is shared now. */
export function changeRefusal(change: SharingChange, shared: ReadonlySet<string>): string | undefined {
  if ([...change.add].some((id) => change.remove.has(id))) return 'The same account cannot be added and removed in one call.';
  const after = shared.difference(change.remove).union(change.add);
  if (after.has(EVERYBODY) && after.size > 1) return 'Accounts can either be all or a group of AWS accounts';
  if (after.size > SHARED_ACCOUNTS_MAX)
    return `A document can be shared with at most ${SHARED_ACCOUNTS_MAX} accounts; this one would be shared with ${after.size}.`;
  return undefined;
}

/** The version that another account means, or undefined for one that is not shared with it. No version means the shared one. */
export function sharedNumber(head: DocumentHead, shared: SharedVersion, wanted: string | undefined): number | undefined {
  if (shared === '$ALL') return versionNumber(head, wanted);
  const only = shared === '$LATEST' ? head.latestVersion : head.defaultVersion;
  return wanted === undefined || versionNumber(head, wanted) === only ? only : undefined;
}
