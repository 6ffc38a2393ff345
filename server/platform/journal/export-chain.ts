// A stretch of the chain for somebody who keeps it elsewhere: the rows with their hashes, page by page, and at the end a signed statement that
// names both ends. Whoever has the public key can check it without this server.
import type { Scope } from '../ids.ts';
import type { Database } from '../store/database.ts';
import type { Clock } from '../time/clock.ts';
import { CHAIN_START, type ExportStatement, statementText } from './chain.ts';
import { entriesBetween, findChain, hashesBetween, sequencesOfTimes } from './chain-store.ts';
import type { JournalSigner } from './signer.ts';
import type { EntryRow } from './store.ts';

export interface ExportPlace {
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Of the record before the first. */
  readonly previousHash: string;
}

export interface ExportPage {
  readonly rows: readonly { readonly row: EntryRow; readonly hash: string }[];
  /** The last number of this page; the export has ended when it is the place's last. */
  readonly through: number;
  readonly signed: { readonly statement: string; readonly signature: string } | undefined;
}

/** A page of rows at their largest is some 20 MB. */
const PAGE_ENTRIES_MAX = 200;

interface ExportOptions {
  readonly database: Database;
  readonly signer: JournalSigner;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * What the range of times is as a range of numbers: all sealed records from the first of that time to the last, so also the few between them
 * that were written late. Undefined: there are none.
 */
export async function findExport(
  { database }: ExportOptions,
  scope: Scope,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<ExportPlace | undefined> {
  const found = await sequencesOfTimes(database, scope, from.getTime(), to.getTime());
  if (found === undefined) return undefined;
  return database.read(async (tx) => {
    const chain = await findChain(tx, scope);
    if (chain === undefined) return undefined;
    const firstSequence = Math.max(found.first, chain.cut_sequence + 1);
    const lastSequence = Math.min(found.last, chain.sealed_sequence);
    if (lastSequence < firstSequence) return undefined;
    if (firstSequence === chain.cut_sequence + 1) return { firstSequence, lastSequence, previousHash: chain.cut_hash };
    const [before] = await hashesBetween(tx, scope, firstSequence - 2, firstSequence - 1);
    return { firstSequence, lastSequence, previousHash: before?.hash ?? CHAIN_START };
  });
}

export async function exportPage(
  { database, signer, clock }: ExportOptions,
  scope: Scope,
  place: ExportPlace,
  after: number,
): Promise<ExportPage> {
  const through = Math.min(place.lastSequence, after + PAGE_ENTRIES_MAX);
  const { rows, hashes } = await database.read(async (tx) => ({
    rows: await entriesBetween(tx, scope, after, through, PAGE_ENTRIES_MAX),
    hashes: new Map((await hashesBetween(tx, scope, after, through)).map(({ sequence, hash }) => [sequence, hash])),
  }));
  const lastHash = hashes.get(through);
  const statement: ExportStatement | undefined =
    through < place.lastSequence || lastHash === undefined
      ? undefined
      : {
          kind: 'export',
          ...scope,
          firstSequence: place.firstSequence,
          previousHash: place.previousHash,
          sequence: through,
          hash: lastHash,
          at: clock.now().getTime(),
        };
  const text = statement === undefined ? undefined : statementText(statement);
  return {
    rows: rows.map((row) => ({ row, hash: hashes.get(row.sequence) ?? '' })),
    through,
    signed: text === undefined ? undefined : { statement: text, signature: signer.sign(text) },
  };
}
