// SQL of entities: found by name or id, listed in name order, a page at a time.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { type Entity, GLOBAL, nameKey, toEntity, toRow } from './entity.ts';
import type { EntityKind, IdentityTables } from '../tables.ts';

/** Ids of one statement: far below what both databases take as parameters. */
const IDS_MAX = 500;

function entities(tx: ReadTx, account: AccountId) {
  return tables<IdentityTables>(tx).selectFrom('identity_entity').where('account', '=', account).where('region', '=', GLOBAL);
}

export async function findByName(tx: ReadTx, account: AccountId, kind: EntityKind, name: string): Promise<Entity | undefined> {
  const row = await entities(tx, account)
    .selectAll()
    .where('kind', '=', kind)
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  return row === undefined ? undefined : toEntity(row);
}

/** In name order. */
export async function findByIds(tx: ReadTx, account: AccountId, ids: readonly string[]): Promise<Entity[]> {
  const found: Entity[] = [];
  for (let from = 0; from < ids.length; from += IDS_MAX) {
    const rows = await entities(tx, account)
      .selectAll()
      .where('id', 'in', ids.slice(from, from + IDS_MAX))
      .execute();
    found.push(...rows.map(toEntity));
  }
  return found.toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1));
}

export interface EntityPage {
  /** The name after which the page begins. */
  readonly after: string | undefined;
  readonly pathPrefix: string | undefined;
  readonly limit: number;
}

export async function listEntities(
  tx: ReadTx,
  account: AccountId,
  kind: EntityKind,
  { after, pathPrefix, limit }: EntityPage,
): Promise<Entity[]> {
  const prefix = pathPrefix ?? '/';
  const rows = await entities(tx, account)
    .selectAll()
    .where('kind', '=', kind)
    .$if(after !== undefined, (query) => query.where('name_key', '>', nameKey(after ?? '')))
    .$if(prefix !== '/', (query) =>
      query.where((eb) => eb(eb.fn<string>('substr', ['path', eb.lit(1), eb.lit(prefix.length)]), '=', prefix)),
    )
    .orderBy('name_key')
    .limit(limit)
    .execute();
  return rows.map(toEntity);
}

export async function countEntities(tx: ReadTx, account: AccountId, kind: EntityKind): Promise<number> {
  const { count } = await entities(tx, account)
    .where('kind', '=', kind)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** False when the name is taken. */
export async function insertEntity(tx: Tx, account: AccountId, entity: Entity): Promise<boolean> {
  const result = await tables<IdentityTables>(tx)
    .insertInto('identity_entity')
    .values(toRow(account, entity))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

/** All but kind and id may be new. The name must be free. */
export async function updateEntity(tx: Tx, account: AccountId, entity: Entity): Promise<void> {
  const { account: _account, region: _region, kind: _kind, id, ...columns } = toRow(account, entity);
  await tables<IdentityTables>(tx)
    .updateTable('identity_entity')
    .set(columns)
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('id', '=', id)
    .execute();
}

/** With its tags and inline policies; what refers to it otherwise is the caller's to refuse or to remove. */
export async function deleteEntity(tx: Tx, account: AccountId, { id }: Pick<Entity, 'id'>): Promise<void> {
  const db = tables<IdentityTables>(tx);
  for (const table of ['identity_tag', 'identity_inline_policy', 'identity_attachment', 'identity_role_use'] as const)
    await db.deleteFrom(table).where('account', '=', account).where('region', '=', GLOBAL).where('entity_id', '=', id).execute();
  await db
    .deleteFrom('identity_policy_version')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('policy_id', '=', id)
    .execute();
  await db
    .deleteFrom('identity_entity')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('id', '=', id)
    .execute();
}

/** Instance profiles that hold the role, in name order. */
export async function profilesOfRole(tx: ReadTx, account: AccountId, roleId: string): Promise<Entity[]> {
  const rows = await entities(tx, account).selectAll().where('role_id', '=', roleId).orderBy('name_key').execute();
  return rows.map(toEntity);
}

/** Users and roles whose boundary the policy is, in name order. */
export async function boundedBy(tx: ReadTx, account: AccountId, policyArn: string): Promise<Entity[]> {
  const rows = await entities(tx, account).selectAll().where('boundary_arn', '=', policyArn).orderBy('name_key').execute();
  return rows.map(toEntity);
}
