// The SQL of the journal. The head row of a scope gives the sequence: it is written in the same unit as the entries, so a unit that
// fails leaves no gap, and on PostgreSQL its lock makes the order of numbers the order of commits.
import type { Kysely } from 'kysely';
import type { Scope } from '../ids.ts';
import type { ReadTx, Tx } from '../store/database.ts';
import { tables } from '../store/index.ts';
import type { JournalTables } from './tables.ts';

export type EntryRow = JournalTables['journal_entry'];
export type UnnumberedRow = Omit<EntryRow, 'sequence'>;

/** All rows belong to `scope`; they get the next numbers in their order. */
export async function appendEntries(tx: Tx, { account, region }: Scope, rows: readonly UnnumberedRow[]): Promise<void> {
  const db = tables<JournalTables>(tx);
  const { sequence: last } = await db
    .insertInto('journal_head')
    .values({ account, region, sequence: rows.length })
    .onConflict((conflict) =>
      conflict.columns(['account', 'region']).doUpdateSet((eb) => ({
        sequence: eb('journal_head.sequence', '+', eb.ref('excluded.sequence')),
      })),
    )
    .returning('sequence')
    .executeTakeFirstOrThrow();
  const first = last - rows.length + 1;
  await db
    .insertInto('journal_entry')
    .values(rows.map((row, at) => ({ ...row, sequence: first + at })))
    .execute();
}

export interface EntryRange extends Scope {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly before: { readonly at: number; readonly sequence: number } | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listEntries(tx: ReadTx, range: EntryRange): Promise<EntryRow[]> {
  return await entriesQuery(tables<JournalTables>(tx), range).execute();
}

export function entriesQuery(db: Kysely<JournalTables>, { account, region, fromMs, toMs, before, limit }: EntryRange) {
  const query = db
    .selectFrom('journal_entry')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('at', '>=', fromMs)
    .where('at', '<', toMs)
    .orderBy('at', 'desc')
    .orderBy('sequence', 'desc')
    .limit(limit);
  if (before === undefined) return query;
  return query.where((eb) => eb(eb.refTuple('at', 'sequence'), '<', eb.tuple(before.at, before.sequence)));
}
