// Looks at a stretch of a chain and says what is wrong in it and where. Pure. Invariant: a stretch without problems, that follows `previous`,
// ends in the hash of its last item only when nobody changed, removed, exchanged or added an item since it was sealed.
import type { Scope } from '../ids.ts';
import { absentForm, canonicalForm, chainHash } from './chain.ts';
import type { EntryRow } from './store.ts';

export type ProblemKind =
  /** The record is another than the one that was sealed. */
  | 'changed'
  /** The record is sound, its hash was changed. */
  | 'hash-changed'
  | 'hash-removed'
  | 'removed'
  | 'removed-before-sealed'
  /** Two records took each other's places. */
  | 'swapped'
  /** The record follows removed ones without hashes: nothing says whether it is sound. */
  | 'unproven'
  /** A signed statement is not the server's, or does not fit the chain. */
  | 'statement'
  /** Records at the end are missing. */
  | 'cut-off'
  /** At a place that was kept elsewhere, another chain runs. */
  | 'replaced'
  /** Retention dropped the place that was kept elsewhere. */
  | 'unknown';

export interface Problem {
  readonly kind: ProblemKind;
  readonly sequence: number;
  /** The other one, of a swap. */
  readonly otherSequence?: number;
  readonly message: string;
}

/** One number of the chain: what is stored for it. */
export interface ChainItem {
  readonly sequence: number;
  readonly row: EntryRow | undefined;
  readonly hash: string | undefined;
}

export interface WalkState {
  /** The number that was looked at last. */
  readonly sequence: number;
  /** Its possible hashes: the stored one first; after damage also the one that its record gives. None: not known. */
  readonly hashes: readonly string[];
}

/** Swaps are looked for among so many changed records of a stretch: the search is quadratic. */
const SWAP_CANDIDATES_MAX = 50;

interface Changed {
  readonly item: ChainItem & { readonly row: EntryRow; readonly hash: string };
  readonly before: readonly string[];
}

/** `items` are all numbers after `state.sequence` in order, without gaps. */
export function walkChain(
  scope: Scope,
  state: WalkState,
  items: readonly ChainItem[],
): { state: WalkState; problems: Problem[] } {
  const problems: Problem[] = [];
  const changed: Changed[] = [];
  let { sequence, hashes } = state;
  for (const item of items) {
    const verdict = judge(scope, item, hashes);
    // It follows only the hash that the record before gives: that record is sound, and its stored hash is not.
    const last = problems.at(-1);
    if (verdict.follows > 0 && last?.kind === 'changed' && last.sequence === sequence) {
      problems[problems.length - 1] = problem('hash-changed', sequence);
      changed.pop();
    }
    if (verdict.kind !== undefined) problems.push(problem(verdict.kind, item.sequence));
    if (verdict.kind === 'changed' && item.row !== undefined && item.hash !== undefined)
      changed.push({ item: { ...item, row: item.row, hash: item.hash }, before: hashes });
    ({ sequence } = item);
    ({ hashes } = verdict);
  }
  return { state: { sequence, hashes }, problems: withSwaps(problems, changed.slice(0, SWAP_CANDIDATES_MAX)) };
}

interface Verdict {
  readonly kind: ProblemKind | undefined;
  /** Which of the hashes before it follows; -1: none. */
  readonly follows: number;
  readonly hashes: readonly string[];
}

function judge(scope: Scope, { sequence, row, hash }: ChainItem, before: readonly string[]): Verdict {
  if (row === undefined) {
    if (hash === undefined) return { kind: 'removed', follows: -1, hashes: [] };
    const follows = before.findIndex((one) => chainHash(one, absentForm(scope, sequence)) === hash);
    return { kind: follows >= 0 ? 'removed-before-sealed' : 'removed', follows, hashes: [hash] };
  }
  const given = before.map((one) => chainHash(one, canonicalForm(row)));
  if (hash === undefined) return { kind: 'hash-removed', follows: -1, hashes: given };
  const follows = given.indexOf(hash);
  if (follows >= 0) return { kind: undefined, follows, hashes: [hash] };
  if (before.length === 0) return { kind: 'unproven', follows, hashes: [hash] };
  // Two are enough to tell a changed record from a changed hash; more would grow with the damage.
  return { kind: 'changed', follows, hashes: [hash, ...given.slice(0, 1)] };
}

function withSwaps(problems: Problem[], changed: readonly Changed[]): Problem[] {
  const partners = new Map<number, number>();
  for (const one of changed)
    for (const other of changed) {
      if (one.item.sequence >= other.item.sequence || partners.has(one.item.sequence) || partners.has(other.item.sequence))
        continue;
      if (fits(one, other) && fits(other, one)) {
        partners.set(one.item.sequence, other.item.sequence);
        partners.set(other.item.sequence, one.item.sequence);
      }
    }
  return problems.flatMap((found) => {
    const other = found.kind === 'changed' ? partners.get(found.sequence) : undefined;
    if (other === undefined) return [found];
    return found.sequence < other ? [problem('swapped', found.sequence, other)] : [];
  });
}

/** The record in the other's place is the one that was sealed here. */
function fits(here: Changed, there: Changed): boolean {
  const canonical = canonicalForm({ ...there.item.row, sequence: here.item.sequence });
  return here.before.some((one) => [here.item.hash, there.item.hash].includes(chainHash(one, canonical)));
}

const SENTENCES: Readonly<Record<ProblemKind, (sequence: number, other?: number) => string>> = {
  changed: (n) => `Record ${n} is not the one that was sealed: it was changed, or put in another's place.`,
  'hash-changed': (n) => `The hash of record ${n} was changed; the record itself is sound.`,
  'hash-removed': (n) => `The hash of record ${n} was removed.`,
  removed: (n) => `Record ${n} was removed.`,
  'removed-before-sealed': (n) => `Record ${n} was removed before it was sealed.`,
  swapped: (n, other) => `Records ${n} and ${other} were exchanged.`,
  unproven: (n) => `Record ${n} follows removed ones: nothing says whether it is sound.`,
  statement: (n) => `What the server signed about record ${n} was changed.`,
  'cut-off': (n) => `The chain ends at record ${n}, and more were written.`,
  replaced: (n) => `The chain at record ${n} is another than the one that was expected: it was written anew.`,
  unknown: (n) => `Record ${n} was dropped by retention: whether it was the one that was expected cannot be said.`,
};

export function problem(kind: ProblemKind, sequence: number, otherSequence?: number): Problem {
  const message = SENTENCES[kind](sequence, otherSequence);
  return { kind, sequence, message, ...(otherSequence === undefined ? {} : { otherSequence }) };
}
