// The SQL of the journal. The head row of a scope gives the sequence: it is written in the same unit as the entries, so a unit that
// fails leaves no gap, and on PostgreSQL its lock makes the order of numbers the order of commits.
import type { Kysely } from 'kysely';
import type { Scope } from '../ids.ts';
import type { Dialect, ReadTx, Step, Tx } from '../store/database.ts';
import { prepare, prepareInsert, tables } from '../store/index.ts';
import type { JournalTables } from './tables.ts';

export type EntryRow = JournalTables['journal_entry'];
export type UnnumberedRow = Omit<EntryRow, 'sequence'>;

/** The last number that was given, after `rows` more. */
const raiseHead = prepare<JournalTables, JournalTables['journal_head'], { sequence: number }>((db, param) =>
  db
    .insertInto('journal_head')
    .values({ account: param('account'), region: param('region'), sequence: param('sequence') })
    .onConflict((conflict) =>
      conflict.columns(['account', 'region']).doUpdateSet((eb) => ({
        sequence: eb('journal_head.sequence', '+', eb.ref('excluded.sequence')),
      })),
    )
    .returning('sequence'),
);

const ENTRY_COLUMNS = [
  'account',
  'region',
  'sequence',
  'request_id',
  'at',
  'event_source',
  'event_name',
  'audit_class',
  'principal',
  'access_key_id',
  'source_ip',
  'user_agent',
  'request_parameters',
  'resources',
  'error_code',
  'error_message',
] as const;

const insertEntries = prepareInsert<JournalTables, 'journal_entry'>('journal_entry', ENTRY_COLUMNS);

/** `before_last`: how far before the last number that the head gave. */
const insertNumbered = prepare<JournalTables, UnnumberedRow & { readonly before_last: number }>((db, param) => {
  const last = db
    .selectFrom('journal_head')
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .select((eb) => eb('sequence', '-', param('before_last')).as('sequence'));
  const values = ENTRY_COLUMNS.map((column) => [column, column === 'sequence' ? last : param(column)]);
  // Of the table's own columns.
  return db.insertInto('journal_entry').values(Object.fromEntries(values) as never);
});

/** All rows belong to `scope`; they get the next numbers in their order. */
export async function appendEntries(tx: Tx, { account, region }: Scope, rows: readonly UnnumberedRow[]): Promise<void> {
  const [head] = await raiseHead(tx, { account, region, sequence: rows.length });
  if (head === undefined) throw new Error(`the journal of ${account} ${region} gave no numbers`);
  const first = head.sequence - rows.length + 1;
  await insertEntries(
    tx,
    rows.map((row, at) => ({ ...row, sequence: first + at })),
  );
}

/** The same, all of it known beforehand: the numbers are found by the statements themselves. */
export function appendingSteps(dialect: Dialect, { account, region }: Scope, rows: readonly UnnumberedRow[]): Step[] {
  const numbered = rows.map((row, at) => ({ ...row, before_last: rows.length - 1 - at }));
  return [raiseHead.step(dialect, [{ account, region, sequence: rows.length }]), insertNumbered.step(dialect, numbered)];
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
