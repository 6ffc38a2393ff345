// Finding records again: by a term, by their number, and sealed ones in their order, for those who pass them on.
import type { AccountId, Scope } from '../ids.ts';
import type { ReadTx } from '../store/database.ts';
import { entriesBetween, entriesOfTerm, lastSequence, listChains } from './chain-store.ts';
import type { JournalPage } from './create-journal.ts';
import { type JournalRecord, toRecord } from './record.ts';
import { type TermKind, termOf } from './terms.ts';

export interface TermPage extends JournalPage {
  readonly kind: TermKind;
  readonly value: string;
}

/** Newest first. Sealed records only; a few may be of another value whose digest is the same, so whoever asks compares again. */
export async function lookUp(tx: ReadTx, { account, region }: Scope, page: TermPage): Promise<JournalRecord[]> {
  const { kind, value, from, to, after, limit } = page;
  const range = {
    account,
    region,
    term: termOf(kind, value),
    fromMs: from.getTime(),
    toMs: to.getTime(),
    before: after === undefined ? undefined : { at: after.at.getTime(), sequence: after.sequence },
    limit,
  };
  return (await entriesOfTerm(tx, range)).map(toRecord);
}

export async function findRecord(tx: ReadTx, scope: Scope, sequence: number): Promise<JournalRecord | undefined> {
  const [row] = await entriesBetween(tx, scope, sequence - 1, sequence, 1);
  return row === undefined ? undefined : toRecord(row);
}

/** After a number, in order, at most `limit`. */
export async function readSealed(
  tx: ReadTx,
  scope: Scope,
  after: number,
  through: number,
  limit: number,
): Promise<JournalRecord[]> {
  return (await entriesBetween(tx, scope, after, through, limit)).map(toRecord);
}

/** The chains of an account: how far each is sealed and cut, and the last number given. */
export async function sealedScopes(
  tx: ReadTx,
  account: AccountId,
): Promise<{ scope: Scope; sealedSequence: number; cutSequence: number; lastSequence: number }[]> {
  const chains = (await listChains(tx)).filter((chain) => chain.account === account);
  return Promise.all(
    chains.map(async (chain) => ({
      scope: { account: chain.account, region: chain.region },
      sealedSequence: chain.sealed_sequence,
      cutSequence: chain.cut_sequence,
      lastSequence: await lastSequence(tx, chain),
    })),
  );
}
