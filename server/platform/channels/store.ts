// The SQL of the mailbox. Lists are cut into pieces of a few fixed sizes, so that every statement's text is constant: built once,
// prepared once. A short IN list is filled up by repeating its last value.
import { sql } from 'kysely';
import type { Expression } from 'kysely';
import type { Scope } from '../ids.ts';
import { prepare, tables } from '../store/index.ts';
import type { PreparedQuery, ReadTx, Tx } from '../store/index.ts';
import type { LetterRow, MailboxTables } from './tables.ts';

type Values = Readonly<Record<string, string | number | null>>;

const LIST_SIZES = [1, 16, 128, 512] as const;
/** Ten values a row. */
const ROW_SIZES = [256, 32, 4, 1] as const;
/** Later than any sequence. */
const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER;
/** Deleted in one unit of work; 10,000 take 0.1 s, which would delay everybody's commit. */
const SWEPT_ROWS_MAX = 1_000;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const slot = (index: number): string => `v${index}`;

/** One prepared statement for each size of list. */
function bySize<Row>(build: (size: number) => PreparedQuery<Values, Row>): (size: number) => PreparedQuery<Values, Row> {
  const made = new Map<number, PreparedQuery<Values, Row>>();
  return (size) => {
    const known = made.get(size) ?? build(size);
    made.set(size, known);
    return known;
  };
}

/** Pieces of `list` with the size of the statement that takes them. */
function* pieces(list: readonly string[]): Iterable<{ readonly size: number; readonly values: Record<string, string> }> {
  const largest = LIST_SIZES[LIST_SIZES.length - 1] ?? 1;
  for (let from = 0; from < list.length; from += largest) {
    const count = Math.min(largest, list.length - from);
    const size = LIST_SIZES.find((candidate) => candidate >= count) ?? largest;
    const values: Record<string, string> = {};
    for (let index = 0; index < size; index++) values[slot(index)] = list[from + Math.min(index, count - 1)] ?? '';
    yield { size, values };
  }
}

const COLUMNS = [
  'account',
  'region',
  'node_id',
  'sequence',
  'job_id',
  'kind',
  'reference',
  'created_at',
  'expires_at',
  'acked_at',
] as const satisfies readonly (keyof LetterRow)[];

const insertRows = bySize((size) =>
  prepare<MailboxTables, Values>((db, param) => {
    const row = (index: number) =>
      Object.fromEntries(COLUMNS.map((column) => [column, param(`${column}${index}`)])) as unknown as LetterRow;
    return db
      .insertInto('mailbox_letter')
      .values(range(size).map(row))
      .onConflict((conflict) => conflict.doNothing());
  }),
);

/** A letter whose job id is there already is left as it is. */
export async function insertLetters(tx: Tx, rows: readonly LetterRow[]): Promise<void> {
  let from = 0;
  for (const size of ROW_SIZES) {
    for (; rows.length - from >= size; from += size) {
      const values: Record<string, string | number | null> = {};
      for (let index = 0; index < size; index++) {
        const row = rows[from + index];
        if (row === undefined) break;
        for (const column of COLUMNS) values[`${column}${index}`] = row[column];
      }
      await insertRows(size)(tx, values);
    }
  }
}

const deleteJobs = bySize((size) =>
  prepare<MailboxTables, Values>((db, param) =>
    db
      .deleteFrom('mailbox_letter')
      .where('account', '=', param('account') as Expression<string>)
      .where('region', '=', param('region') as Expression<string>)
      .where(
        'job_id',
        'in',
        range(size).map((index) => param(slot(index)) as Expression<string>),
      ),
  ),
);

export async function deleteLetters(tx: Tx, { account, region }: Scope, jobIds: readonly string[]): Promise<void> {
  for (const { size, values } of pieces(jobIds)) await deleteJobs(size)(tx, { account, region, ...values });
}

export async function deleteLettersOf(tx: Tx, { account, region }: Scope, nodeId: string): Promise<void> {
  await tables<MailboxTables>(tx)
    .deleteFrom('mailbox_letter')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('node_id', '=', nodeId)
    .execute();
}

export type AcknowledgedRow = Pick<LetterRow, 'job_id' | 'node_id' | 'kind' | 'reference'>;

const acknowledgeJobs = bySize((size) =>
  prepare<MailboxTables, Values, AcknowledgedRow>((db, param) =>
    db
      .updateTable('mailbox_letter')
      .set({ acked_at: param('now') as Expression<number> })
      .where('account', '=', param('account') as Expression<string>)
      .where('region', '=', param('region') as Expression<string>)
      .where(
        'job_id',
        'in',
        range(size).map((index) => param(slot(index)) as Expression<string>),
      )
      .where('acked_at', 'is', null)
      .returning(['job_id', 'node_id', 'kind', 'reference']),
  ),
);

/** Marks them as taken; answers those that were not before. */
export async function acknowledgeLetters(
  tx: Tx,
  { account, region }: Scope,
  jobIds: readonly string[],
  nowMs: number,
): Promise<AcknowledgedRow[]> {
  const rows: AcknowledgedRow[] = [];
  for (const { size, values } of pieces(jobIds))
    rows.push(...(await acknowledgeJobs(size)(tx, { account, region, now: nowMs, ...values })));
  return rows;
}

export type SendableRow = Omit<LetterRow, 'account' | 'region' | 'acked_at'>;

const sendableOf = bySize((size) =>
  prepare<MailboxTables, Values, SendableRow>((db, param) => {
    const nodes = sql.join(range(size).map((index) => sql`(${param(slot(index))})`));
    const letter = sql`m.account = ${param('account')} and m.region = ${param('region')} and m.node_id = node.node_id`;
    const unsent = sql`m.acked_at is null and m.expires_at > ${param('now')}`;
    // The fifth unfinished command of the node: what comes later waits. What expired without being taken does not count.
    const fifth = sql`select q.sequence from mailbox_letter q
      where q.account = ${param('account')} and q.region = ${param('region')} and q.node_id = node.node_id and q.kind = 'command'
        and (q.acked_at is not null or q.expires_at > ${param('now')})
      order by q.sequence limit 1 offset ${param('after')}`;
    const columns = sql`m.node_id, m.sequence, m.job_id, m.kind, m.reference, m.created_at, m.expires_at`;
    // A cross join: SQLite takes the nodes as the outer loop, so both sides are index walks.
    const query = sql<SendableRow>`with node(node_id) as (values ${nodes})
      select ${columns} from node cross join mailbox_letter m
      where ${letter} and m.kind = 'command' and ${unsent} and m.sequence <= coalesce((${fifth}), ${sql.lit(LAST_SEQUENCE)})
      union all
      select ${columns} from node cross join mailbox_letter m where ${letter} and m.kind = 'cancel' and ${unsent}
      order by sequence`;
    return { compile: () => query.compile(db) };
  }),
);

/** Of each node: those of its first `unfinishedMax` commands, and of its cancels, that it has not taken yet. In order. */
export async function sendableLetters(
  tx: ReadTx,
  { account, region }: Scope,
  nodeIds: readonly string[],
  unfinishedMax: number,
  nowMs: number,
): Promise<SendableRow[]> {
  const rows: SendableRow[] = [];
  for (const { size, values } of pieces(nodeIds)) {
    // Repeated nodes would answer twice: an id that no node has fills the list.
    const known = new Set<string>();
    for (const [name, value] of Object.entries(values)) {
      if (known.has(value)) values[name] = '';
      known.add(value);
    }
    rows.push(...(await sendableOf(size)(tx, { account, region, now: nowMs, after: unfinishedMax - 1, ...values })));
  }
  return rows;
}

/** Letters that nobody took in time, and those that were taken but whose sender forgot them: `before` and `forgottenBefore` are expiry times. */
export async function expiredLetters(
  tx: ReadTx,
  beforeMs: number,
  forgottenBeforeMs: number,
  limit: number,
): Promise<Pick<LetterRow, 'account' | 'region' | 'job_id'>[]> {
  return await tables<MailboxTables>(tx)
    .selectFrom('mailbox_letter')
    .select(['account', 'region', 'job_id'])
    .where('expires_at', '<=', beforeMs)
    .where((eb) => eb.or([eb('acked_at', 'is', null), eb('expires_at', '<=', forgottenBeforeMs)]))
    .orderBy('expires_at')
    .limit(Math.min(limit, SWEPT_ROWS_MAX))
    .execute();
}
