// Statements of listings. A page is a walk along an index in the order of keys: below a path a range of the primary key (recursive) or of the index
// of parents (one level), so its time does not depend on how many parameters there are. Filters that no index serves are applied on the
// way: such pages are read beside the main thread.
import { sql } from 'kysely';
import type { CompiledQuery, Kysely, SelectQueryBuilder } from 'kysely';
import type { AccountId, Region, Scope } from '../platform/ids.ts';
import { queries, tables } from '../platform/store/index.ts';
import type { Database, ReadTx } from '../platform/store/index.ts';
import type { ParameterFilters, PathFilter } from './filters.ts';
import type { Parameter } from './parameter.ts';
import { toParameter } from './store.ts';
import type { ParameterRow, ParameterTables } from './tables.ts';

export interface Page {
  readonly after: string | undefined;
  readonly limit: number;
}

/** The next text after all that begin with `prefix/`: `0` follows `/`. */
const afterPrefix = (prefix: string): string => `${prefix}0`;

type Query = SelectQueryBuilder<ParameterTables, 'parameters_parameter', ParameterRow>;

/** In key order, after `after`. */
export async function listParameters(
  database: Database,
  scope: Scope,
  filters: ParameterFilters,
  page: Page,
): Promise<Parameter[]> {
  const isWalk = filters.texts.length === 0 && filters.name?.option !== 'Contains' && (filters.path?.paths.length ?? 1) === 1;
  if (isWalk)
    return database.read(async (tx) =>
      (await pageQuery(tables<ParameterTables>(tx), scope, filters, page).execute()).map(toParameter),
    );
  const query: CompiledQuery<ParameterRow> = pageQuery(queries<ParameterTables>(database), scope, filters, page).compile();
  return (await database.scan(query)).map(toParameter);
}

/** Exported for the test that reads the query plan. */
export function pageQuery(db: Kysely<ParameterTables>, scope: Scope, filters: ParameterFilters, { after, limit }: Page): Query {
  let query: Query = db
    .selectFrom('parameters_parameter')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
  if (after !== undefined) query = query.where('key', '>', after);
  if (filters.path !== undefined) query = wherePath(query, filters.path, after);
  if (filters.name !== undefined) query = whereName(query, filters.name, after);
  for (const { column, begins, values } of filters.texts)
    query = begins
      ? query.where((e) => e.or(values.map((value) => e(sql`substr(${sql.ref(column)}, 1, ${value.length})`, '=', value))))
      : query.where(column, 'in', values);
  return query.orderBy('key').limit(limit);
}

/**
 * The keys from `from` up to `to`. Of two lower bounds SQLite walks from whichever it likes: a page far behind the first must not begin there,
 * so the lower one is left out.
 */
function whereBetween(query: Query, from: string, to: string, after: string | undefined): Query {
  const below = query.where('key', '<', to);
  return after !== undefined && after >= from ? below : below.where('key', '>=', from);
}

function wherePath(query: Query, { recursive, paths }: PathFilter, after: string | undefined): Query {
  const [path] = paths;
  if (path !== undefined && paths.length === 1) {
    if (!recursive) return query.where('parent', '=', path);
    return path === '' ? query : whereBetween(query, `${path}/`, afterPrefix(path), after);
  }
  return query.where((e) =>
    e.or(
      paths.map((one) => {
        if (!recursive) return e('parent', '=', one);
        return one === '' ? e.lit(true) : e.and([e('key', '>=', `${one}/`), e('key', '<', afterPrefix(one))]);
      }),
    ),
  );
}

function whereName(query: Query, { option, values }: NonNullable<ParameterFilters['name']>, after: string | undefined): Query {
  if (option === 'Equals') return query.where('key', 'in', values);
  // `/x` in a filter also finds `x`, so the slash is put before every key. Whatever `replace` changes contains the value.
  if (option === 'Contains')
    return query.where((e) => e.or(values.map((value) => e(sql`replace('/' || key, ${value}, '')`, '!=', sql`'/' || key`))));
  // No character of a name stands behind the tilde.
  const [value] = values;
  if (value !== undefined && values.length === 1) return whereBetween(query, value, `${value}~`, after);
  return query.where((e) => e.or(values.map((value) => e.and([e('key', '>=', value), e('key', '<', `${value}~`)]))));
}

/** What tells that a parameter has changed. */
export type Look = Pick<Parameter, 'key' | 'rooted' | 'version' | 'modifiedAt'>;

/** All below a path, in key order, without their values. */
export async function listBelow(tx: ReadTx, scope: Scope, path: string, limit: number): Promise<Look[]> {
  const filters = { texts: [], tags: [], path: { recursive: true, paths: [path] } };
  const rows = await pageQuery(tables<ParameterTables>(tx), scope, filters, { after: undefined, limit })
    .clearSelect()
    .select(['key', 'rooted', 'version', 'modified_at'])
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
  const rows = await pageQuery(tables<ParameterTables>(tx), scope, filters, { after: undefined, limit: keys.length })
    .where('key', 'in', keys)
    .execute();
  return rows.map(toParameter);
}

export interface Labelled {
  readonly key: string;
  readonly label: string;
  readonly version: number;
}

/** Keys below a path with one of the labels, in the order of key and label, with the labelled version. */
export async function listLabelled(
  tx: ReadTx,
  scope: Scope,
  labels: readonly string[],
  path: string,
  recursive: boolean,
  after: Pick<Labelled, 'key' | 'label'> | undefined,
  limit: number,
): Promise<Labelled[]> {
  let query = tables<ParameterTables>(tx)
    .selectFrom('parameters_label')
    .select(['key', 'label', 'version'])
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('label', 'in', labels);
  if (after !== undefined)
    query = query.where('key', '>=', after.key).where((e) => e.or([e('key', '>', after.key), e('label', '>', after.label)]));
  if (path !== '') query = query.where('key', '<', afterPrefix(path));
  // As in `whereBetween`: one lower bound.
  if (path !== '' && (after === undefined || after.key < `${path}/`)) query = query.where('key', '>=', `${path}/`);
  // Of one level: no further slash behind the path's.
  if (!recursive) query = query.where(sql`substr(key, ${path === '' ? 1 : path.length + 2})`, 'not like', '%/%');
  return await query.orderBy('key').orderBy('label').limit(limit).execute();
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
