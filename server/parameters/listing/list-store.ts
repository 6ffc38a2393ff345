// Statements of listings. A page is one walk or several, each along an index in the order of keys, so its time does not depend on how many parameters
// there are; conditions that no index serves are looked at on the way, over so many candidates a page.
import { sql } from 'kysely';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { ParameterFilters, TextFilter } from './filters.ts';
import { isWalkOnly, planPage, rangeBelow } from './page-plan.ts';
import type { Range, Rest, Walk } from './page-plan.ts';
import type { Parameter } from '../parameter.ts';
import { toParameter } from '../store.ts';
import type { ParameterRow, ParameterTables } from '../tables.ts';

export interface Page {
  readonly after: string | undefined;
  readonly limit: number;
}

export interface ParameterPage {
  readonly items: readonly Parameter[];
  /** Where the next page begins; undefined when there is none. */
  readonly next: string | undefined;
}

/** What one page looks at beyond what it shows: some 2 ms. */
const CANDIDATES_MAX = 1_000;

type Query = SelectQueryBuilder<ParameterTables, 'parameters_parameter', ParameterRow>;

/** In key order, after `after`. */
export async function listParameters(
  tx: ReadTx,
  scope: Scope,
  filters: ParameterFilters,
  { after, limit }: Page,
): Promise<ParameterPage> {
  const plan = planPage(filters);
  const db = tables<ParameterTables>(tx);
  // A filter between the path of one level and names, or the like, leaves nothing to walk.
  if (plan.walks.length === 0) return { items: [], next: undefined };
  const end = isWalkOnly(plan) ? undefined : await findEnd(db, scope, plan.walks, after);
  const found: ParameterRow[] = [];
  for (const walk of plan.walks) {
    let query = whereRest(walkQuery(db, scope, walk, after), plan.rest);
    if (end !== undefined) query = query.where('key', '<=', end);
    found.push(
      ...(await query
        .orderBy('key')
        .limit(limit + 1)
        .execute()),
    );
  }
  if (plan.walks.length > 1) found.sort((a, b) => (a.key < b.key ? -1 : 1));
  const items = found.slice(0, limit).map(toParameter);
  return { items, next: found.length > limit ? items.at(-1)?.key : end };
}

/** The last key that may be looked at; undefined when all walks end before. */
async function findEnd(
  db: Kysely<ParameterTables>,
  scope: Scope,
  walks: readonly Walk[],
  after: string | undefined,
): Promise<string | undefined> {
  let end: string | undefined;
  for (const walk of walks) {
    const row = await walkQuery(db, scope, walk, after)
      .clearSelect()
      .select('key')
      .orderBy('key')
      .limit(1)
      .offset(Math.ceil(CANDIDATES_MAX / walks.length) - 1)
      .executeTakeFirst();
    if (row !== undefined && (end === undefined || row.key < end)) end = row.key;
  }
  return end;
}

/** Exported for the test that reads the query plan. */
export function walkQuery(
  db: Kysely<ParameterTables>,
  scope: Scope,
  { parent, facet, from, to }: Walk,
  after: string | undefined,
): Query {
  let query: Query = db
    .selectFrom('parameters_parameter')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
  if (parent !== undefined) query = query.where('parent', '=', parent);
  if (facet !== undefined) query = query.where(facet.column, '=', facet.value);
  // Their indexes are partial: these words, as they stand in the index, let the planner take them.
  if (facet?.column === 'tier') query = query.where(sql<boolean>`tier <> 'Standard'`);
  if (facet?.column === 'data_type') query = query.where(sql<boolean>`data_type <> 'text'`);
  if (to !== undefined) query = query.where('key', '<', to);
  // Of two lower bounds SQLite walks from whichever it likes: a page far behind the first must not begin there, so the lower one is left out.
  if (after !== undefined && after >= (from ?? '')) return query.where('key', '>', after);
  return from === undefined ? query : query.where('key', '>=', from);
}

/** In words that no index serves: the walk stays the one that was chosen. */
function whereRest(query: Query, { texts, contains, ranges }: Rest): Query {
  let rest = query;
  for (const text of texts) rest = whereText(rest, text);
  // `/x` in a filter also finds `x`, so the slash is put before every key. Whatever `replace` changes contains the value.
  if (contains.length > 0)
    rest = rest.where((e) => e.or(contains.map((value) => e(sql`replace('/' || key, ${value}, '')`, '!=', sql`'/' || key`))));
  if (ranges.length > 0) rest = rest.where((e) => e.or(ranges.map(inRange)));
  return rest;
}

function whereText(query: Query, { column, begins, values }: TextFilter): Query {
  return query.where((e) =>
    e.or(
      values.map((value) =>
        begins
          ? e(sql`substr(${sql.ref(column)}, 1, ${value.length})`, '=', value)
          : e(sql`coalesce(${sql.ref(column)}, '')`, '=', value),
      ),
    ),
  );
}

const inRange = ({ from = '', to }: Range) =>
  to === undefined
    ? sql<boolean>`substr(key, 1) >= ${from}`
    : sql<boolean>`(substr(key, 1) >= ${from} and substr(key, 1) < ${to})`;

/** What tells that a parameter has changed. */
export type Look = Pick<Parameter, 'key' | 'rooted' | 'version' | 'modifiedAt'>;

/** All below a path, in key order, without their values. */
export async function listBelow(tx: ReadTx, scope: Scope, path: string, limit: number): Promise<Look[]> {
  const rows = await walkQuery(tables<ParameterTables>(tx), scope, rangeBelow(path), undefined)
    .clearSelect()
    .select(['key', 'rooted', 'version', 'modified_at'])
    .orderBy('key')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    key: row.key,
    rooted: row.rooted === 1,
    version: row.version,
    modifiedAt: new Date(row.modified_at),
  }));
}

/** Of known keys, those that match the rest of the filters; in key order. */
export async function pickParameters(
  tx: ReadTx,
  scope: Scope,
  filters: ParameterFilters,
  keys: readonly string[],
): Promise<Parameter[]> {
  if (keys.length === 0) return [];
  // Texts are compared where the rows are: most do not match, and a row is large.
  const { walks, rest } = planPage({ ...filters, texts: [] });
  const rows = await whereRest(walkQuery(tables<ParameterTables>(tx), scope, {}, undefined), { ...rest, texts: filters.texts })
    .where('key', 'in', keys)
    .orderBy('key')
    .execute();
  return rows.filter((row) => walks.some((walk) => isOnWalk(row, walk))).map(toParameter);
}

function isOnWalk(row: ParameterRow, { parent, from = '', to }: Walk): boolean {
  return row.key >= from && (to === undefined || row.key < to) && (parent === undefined || row.parent === parent);
}

export interface Labelled {
  readonly key: string;
  readonly label: string;
  readonly version: number;
}

/** All that is below a path, however deep, and has one of the labels: in the order of key and label, with the labelled version. */
export async function listLabelled(
  tx: ReadTx,
  scope: Scope,
  labels: readonly string[],
  path: string,
  after: Pick<Labelled, 'key' | 'label'> | undefined,
  limit: number,
): Promise<Labelled[]> {
  const found: Labelled[] = [];
  // One walk for each label, then merged: together they would be a sort of all that have one.
  for (const label of new Set(labels)) {
    const { from, to } = rangeBelow(path);
    let query = tables<ParameterTables>(tx)
      .selectFrom('parameters_label')
      .select(['key', 'label', 'version'])
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('label', '=', label);
    if (to !== undefined) query = query.where('key', '<', to);
    // As in `walkQuery`: one lower bound.
    if (after !== undefined && after.key >= (from ?? '')) query = query.where('key', label > after.label ? '>=' : '>', after.key);
    else if (from !== undefined) query = query.where('key', '>=', from);
    found.push(...(await query.orderBy('key').limit(limit).execute()));
  }
  return found.toSorted((a, b) => (a.key === b.key ? (a.label < b.label ? -1 : 1) : a.key < b.key ? -1 : 1)).slice(0, limit);
}

/** Parameters of which a policy is due, longest first: a walk along the index of what is due, whoever owns it. */
export async function listDue(tx: ReadTx, now: Date, limit: number): Promise<{ readonly scope: Scope; readonly key: string }[]> {
  const rows = await dueQuery(tables<ParameterTables>(tx), now, limit).execute();
  return rows.map(({ account, region, key }) => ({ scope: { account: account as AccountId, region: region as Region }, key }));
}

/** Exported for the test that reads the query plan. */
export function dueQuery(db: Kysely<ParameterTables>, now: Date, limit: number) {
  return db
    .selectFrom('parameters_parameter')
    .select(['account', 'region', 'key'])
    .where('due_at', 'is not', null)
    .where('due_at', '<=', now.getTime())
    .orderBy('due_at')
    .limit(limit);
}

/** When the next policy of any parameter is due; in the past, where one is. */
export async function findNextDue(tx: ReadTx): Promise<Date | undefined> {
  const row = await nextDueQuery(tables<ParameterTables>(tx)).executeTakeFirst();
  return row?.due_at === undefined || row.due_at === null ? undefined : new Date(row.due_at);
}

/** Exported for the same test. */
export function nextDueQuery(db: Kysely<ParameterTables>) {
  return db.selectFrom('parameters_parameter').select('due_at').where('due_at', 'is not', null).orderBy('due_at').limit(1);
}
