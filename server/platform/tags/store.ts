// The SQL of tags. Finding by tag walks one index in the order of resource ids and stops when the page is full; further targets are
// one key lookup a candidate.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Scope } from '../ids.ts';
import type { ReadTx, Tx } from '../store/database.ts';
import { tables } from '../store/index.ts';
import type { TagTables } from './tables.ts';
import type { Tag, TagTarget } from './tags.ts';

export interface ResourceKind extends Scope {
  readonly resourceType: string;
}
export interface Page {
  readonly after: string | undefined;
  readonly limit: number;
}
type TagRow = TagTables['tag'];

const rowsOf = (db: Kysely<TagTables>, { account, region, resourceType }: ResourceKind) =>
  db.selectFrom('tag').where('account', '=', account).where('region', '=', region).where('resource_type', '=', resourceType);

export async function tagsOf(
  tx: ReadTx,
  kind: ResourceKind,
  ids: readonly string[],
): Promise<Pick<TagRow, 'resource_id' | 'key' | 'value'>[]> {
  return await rowsOf(tables<TagTables>(tx), kind)
    .where('resource_id', 'in', ids)
    .select(['resource_id', 'key', 'value'])
    .orderBy('resource_id')
    .orderBy('key')
    .execute();
}

export async function countTags(tx: ReadTx, kind: ResourceKind, resourceId: string): Promise<number> {
  const { count } = await rowsOf(tables<TagTables>(tx), kind)
    .where('resource_id', '=', resourceId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Keys must differ: PostgreSQL refuses to write one row twice in a statement. */
export async function upsertTags(
  tx: Tx,
  { account, region, resourceType }: ResourceKind,
  resourceId: string,
  tags: readonly Tag[],
): Promise<void> {
  await tables<TagTables>(tx)
    .insertInto('tag')
    .values(
      tags.map(({ Key, Value }) => ({
        account,
        region,
        resource_type: resourceType,
        resource_id: resourceId,
        key: Key,
        value: Value,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'region', 'resource_type', 'resource_id', 'key'])
        .doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

/** Without `keys`: all of them. */
export async function deleteTags(tx: Tx, kind: ResourceKind, resourceId: string, keys?: readonly string[]): Promise<void> {
  await tables<TagTables>(tx)
    .deleteFrom('tag')
    .where('account', '=', kind.account)
    .where('region', '=', kind.region)
    .where('resource_type', '=', kind.resourceType)
    .where('resource_id', '=', resourceId)
    .$if(keys !== undefined, (query) => query.where('key', 'in', keys ?? []))
    .execute();
}

/** How many resources match a target, counted up to `limit`. */
export async function countMatches(tx: ReadTx, kind: ResourceKind, { key, values }: TagTarget, limit: number): Promise<number> {
  const db = tables<TagTables>(tx);
  const some = rowsOf(db, kind)
    .where('key', '=', key)
    .$if(values !== undefined, (query) => query.where('value', 'in', values ?? []))
    .select('resource_id')
    .limit(limit);
  const { count } = await db
    .selectFrom(some.as('some'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Ids that match the first target and all `others`, in id order.
 * NOTE: not `exists`. SQLite 3.53 makes a join of it and hands the page's `resource_id > ?` on to the inner table, where it takes the
 * range for the better index than the equality: every candidate then walks the rest of the table. A scalar subquery stays a lookup.
 */
export function matchesQuery(
  db: Kysely<TagTables>,
  kind: ResourceKind,
  [first, ...others]: readonly [TagTarget, ...TagTarget[]],
  { after, limit }: Page,
) {
  const walk = (value: string | undefined) => {
    let query = rowsOf(db, kind).where('key', '=', first.key).select('tag.resource_id').orderBy('tag.resource_id').limit(limit);
    if (value !== undefined) query = query.where('value', '=', value);
    if (after !== undefined) query = query.where('tag.resource_id', '>', after);
    for (const { key, values } of others) {
      query = query.where((eb) => {
        const value = eb
          .selectFrom('tag as other')
          .where('other.account', '=', kind.account)
          .where('other.region', '=', kind.region)
          .where('other.resource_type', '=', kind.resourceType)
          .whereRef('other.resource_id', '=', 'tag.resource_id')
          .where('other.key', '=', key)
          .select('other.value');
        return values === undefined ? eb(value, 'is not', null) : eb(value, 'in', values);
      });
    }
    return query;
  };
  const [value, ...alternatives] = first.values ?? [undefined];
  if (alternatives.length === 0) return walk(value);
  // One walk for each value, each in id order and cut at the page, then merged: never a sort of everything that matches.
  // A resource has one value for a key, so the walks share no id.
  let union = db.selectFrom(walk(value).as('walk')).select('walk.resource_id');
  for (const other of alternatives) union = union.unionAll(db.selectFrom(walk(other).as('walk')).select('walk.resource_id'));
  return union.orderBy('resource_id').limit(limit);
}

export async function findMatches(
  tx: ReadTx,
  kind: ResourceKind,
  targets: readonly [TagTarget, ...TagTarget[]],
  page: Page,
): Promise<string[]> {
  const rows = await matchesQuery(tables<TagTables>(tx), kind, targets, page).execute();
  return rows.map(({ resource_id: id }) => id);
}

/** A walk along the primary key: at most fifty rows an id. */
export async function taggedIds(tx: ReadTx, kind: ResourceKind, { after, limit }: Page): Promise<string[]> {
  const rows = await rowsOf(tables<TagTables>(tx), kind)
    .$if(after !== undefined, (query) => query.where('resource_id', '>', after ?? ''))
    .select('resource_id')
    .distinct()
    .orderBy('resource_id')
    .limit(limit)
    .execute();
  return rows.map(({ resource_id: id }) => id);
}

export async function walkKeys(tx: ReadTx, { account, region, resourceType }: ResourceKind, page: Page): Promise<string[]> {
  const kind = sql`account = ${account} and region = ${region} and resource_type = ${resourceType}`;
  return walkDistinct(tx, 'key', kind, page);
}

export async function walkValues(
  tx: ReadTx,
  { account, region, resourceType }: ResourceKind,
  key: string,
  page: Page,
): Promise<string[]> {
  const kind = sql`account = ${account} and region = ${region} and resource_type = ${resourceType} and key = ${key}`;
  return walkDistinct(tx, 'value', kind, page);
}

/** Jumps from each text to the next along an index, so a key that the whole fleet has costs one look-up: `distinct` would read every row. */
async function walkDistinct(
  tx: ReadTx,
  column: 'key' | 'value',
  kind: RawBuilder<unknown>,
  { after, limit }: Page,
): Promise<string[]> {
  const text = sql.ref(column);
  const first = after === undefined ? sql`` : sql`and ${text} > ${after}`;
  const { rows } = await sql<{ text: string }>`
    with recursive walk(text) as (
      select (select min(${text}) from tag where ${kind} ${first})
      union all
      select (select min(${text}) from tag where ${kind} and ${text} > walk.text) from walk where walk.text is not null
    )
    select text from walk where text is not null limit ${limit}`.execute(tables<TagTables>(tx));
  return rows.map((row) => row.text);
}
