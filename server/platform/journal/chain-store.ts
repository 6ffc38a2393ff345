// The SQL of the chain: what waits to be sealed, the hashes, the signed head and cut of each scope, the terms. Rows of a scope are written
// by the holder of a lease; where two holders overlap, the primary key of journal_hash lets one of the units fail.
import { sql } from 'kysely';
import type { AccountId, Region, Scope } from '../ids.ts';
import type { Database, ReadTx, Tx } from '../store/database.ts';
import { prepare, prepareInsert, queries, tables } from '../store/index.ts';
import type { EntryRow } from './store.ts';
import type { JournalTables } from './tables.ts';

export type ChainRow = JournalTables['journal_chain'];
type HashRow = JournalTables['journal_hash'];
type TermRow = JournalTables['journal_term'];
export type CheckpointRow = JournalTables['journal_checkpoint'];

/** Far below the 32,766 parameters of a statement. */
const DELETED_TERMS_MAX = 2_000;

/** Scopes with entries that are not sealed, and how many. */
export async function unsealedScopes(tx: ReadTx, limit: number): Promise<(Scope & { readonly unsealed: number })[]> {
  return await tables<JournalTables>(tx)
    .selectFrom('journal_head as head')
    .leftJoin('journal_chain as chain', (join) =>
      join.onRef('chain.account', '=', 'head.account').onRef('chain.region', '=', 'head.region'),
    )
    .where((eb) => eb('head.sequence', '>', eb.fn.coalesce('chain.sealed_sequence', sql<number>`0`)))
    .select((eb) => [
      'head.account',
      'head.region',
      eb('head.sequence', '-', eb.fn.coalesce('chain.sealed_sequence', sql<number>`0`)).as('unsealed'),
    ])
    .orderBy('head.account')
    .orderBy('head.region')
    .limit(limit)
    .execute();
}

export async function listChains(tx: ReadTx): Promise<ChainRow[]> {
  return await tables<JournalTables>(tx).selectFrom('journal_chain').selectAll().orderBy('account').orderBy('region').execute();
}

const selectChain = prepare<JournalTables, Scope, ChainRow>((db, param) =>
  db.selectFrom('journal_chain').selectAll().where('account', '=', param('account')).where('region', '=', param('region')),
);

export async function findChain(tx: ReadTx, { account, region }: Scope): Promise<ChainRow | undefined> {
  const [row] = await selectChain(tx, { account, region });
  return row;
}

const selectHead = prepare<JournalTables, Scope, { sequence: number }>((db, param) =>
  db.selectFrom('journal_head').select('sequence').where('account', '=', param('account')).where('region', '=', param('region')),
);

export async function lastSequence(tx: ReadTx, { account, region }: Scope): Promise<number> {
  const [row] = await selectHead(tx, { account, region });
  return row?.sequence ?? 0;
}

const selectEntries = prepare<
  JournalTables,
  Scope & { readonly after: number; readonly through: number; readonly limit: number },
  EntryRow
>((db, param) =>
  db
    .selectFrom('journal_entry')
    .selectAll()
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('sequence', '>', param('after'))
    .where('sequence', '<=', param('through'))
    .orderBy('sequence')
    .limit(param('limit')),
);

/** In the order of their numbers. */
export async function entriesBetween(
  tx: ReadTx,
  { account, region }: Scope,
  after: number,
  through: number,
  limit: number,
): Promise<EntryRow[]> {
  return await selectEntries(tx, { account, region, after, through, limit });
}

export async function hashesBetween(
  tx: ReadTx,
  { account, region }: Scope,
  after: number,
  through: number,
): Promise<Pick<HashRow, 'sequence' | 'hash' | 'size_bytes'>[]> {
  return await tables<JournalTables>(tx)
    .selectFrom('journal_hash')
    .select(['sequence', 'hash', 'size_bytes'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('sequence', '>', after)
    .where('sequence', '<=', through)
    .orderBy('sequence')
    .execute();
}

export async function checkpointsBetween(
  tx: ReadTx,
  { account, region }: Scope,
  after: number,
  through: number,
): Promise<CheckpointRow[]> {
  return await tables<JournalTables>(tx)
    .selectFrom('journal_checkpoint')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('sequence', '>', after)
    .where('sequence', '<=', through)
    .orderBy('sequence')
    .execute();
}

const insertHashes = prepareInsert<JournalTables, 'journal_hash'>('journal_hash', [
  'account',
  'region',
  'sequence',
  'hash',
  'size_bytes',
]);
const insertTerms = prepareInsert<JournalTables, 'journal_term'>('journal_term', ['account', 'region', 'term', 'at', 'sequence']);

export async function appendHashes(tx: Tx, hashes: readonly HashRow[], terms: readonly TermRow[]): Promise<void> {
  await insertHashes(tx, hashes);
  await insertTerms(tx, terms);
}

export async function putChain(tx: Tx, row: ChainRow): Promise<void> {
  const { account: _account, region: _region, ...rest } = row;
  await tables<JournalTables>(tx)
    .insertInto('journal_chain')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account', 'region']).doUpdateSet(rest))
    .execute();
}

export async function putCheckpoint(tx: Tx, row: CheckpointRow): Promise<void> {
  await tables<JournalTables>(tx)
    .insertInto('journal_checkpoint')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Entries through `sequence` with their hashes, and checkpoints before it. `terms` are those of the entries, `atMax` their latest time. */
export async function deleteThrough(
  tx: Tx,
  { account, region }: Scope,
  sequence: number,
  terms: readonly string[],
  atMax: number,
): Promise<void> {
  const db = tables<JournalTables>(tx);
  for (const table of ['journal_entry', 'journal_hash', 'journal_checkpoint'] as const)
    await db
      .deleteFrom(table)
      .where('account', '=', account)
      .where('region', '=', region)
      .where('sequence', '<=', sequence)
      .execute();
  for (let from = 0; from < terms.length; from += DELETED_TERMS_MAX)
    await db
      .deleteFrom('journal_term')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('term', 'in', terms.slice(from, from + DELETED_TERMS_MAX))
      .where('at', '<=', atMax)
      .where('sequence', '<=', sequence)
      .execute();
}

/** Reads the whole index of the range: in the reader worker. */
export async function sequencesOfTimes(
  database: Pick<Database, 'dialect' | 'scan'>,
  { account, region }: Scope,
  fromMs: number,
  toMs: number,
): Promise<{ readonly first: number; readonly last: number } | undefined> {
  const [row] = await database.scan(
    queries<JournalTables>(database)
      .selectFrom('journal_entry')
      .select((eb) => [eb.fn.min<number | null>('sequence').as('first'), eb.fn.max<number | null>('sequence').as('last')])
      .where('account', '=', account)
      .where('region', '=', region)
      .where('at', '>=', fromMs)
      .where('at', '<', toMs)
      .compile(),
  );
  return row === undefined || row.first === null || row.last === null ? undefined : { first: row.first, last: row.last };
}

export interface TermRange {
  readonly account: AccountId;
  readonly region: Region;
  readonly term: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly before: { readonly at: number; readonly sequence: number } | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function entriesOfTerm(tx: ReadTx, range: TermRange): Promise<EntryRow[]> {
  const { account, region, term, fromMs, toMs, before, limit } = range;
  return await tables<JournalTables>(tx)
    .selectFrom('journal_term as term')
    .innerJoin('journal_entry as entry', (join) =>
      join
        .onRef('entry.account', '=', 'term.account')
        .onRef('entry.region', '=', 'term.region')
        .onRef('entry.sequence', '=', 'term.sequence'),
    )
    .selectAll('entry')
    .where('term.account', '=', account)
    .where('term.region', '=', region)
    .where('term.term', '=', term)
    .where('term.at', '>=', fromMs)
    .where('term.at', '<', toMs)
    .$if(before !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple('term.at', 'term.sequence'), '<', eb.tuple(before?.at ?? 0, before?.sequence ?? 0))),
    )
    .orderBy('term.at', 'desc')
    .orderBy('term.sequence', 'desc')
    .limit(limit)
    .execute();
}
