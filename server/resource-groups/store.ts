// Every statement of the resource-groups domain: groups by name, members along their key.
import type { GroupConfigurationList, ResourceQuery } from '../platform/api/models/resource-groups.types.gen.ts';
import type { Scope } from '../platform/ids.ts';
import { prepare, tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { ResourceGroup } from './group.ts';
import type { Range, Resource, ResourceKind } from './resource.ts';
import type { GroupRow, ResourceGroupTables } from './tables.ts';

const groupByName = prepare<ResourceGroupTables, { account: string; region: string; name: string }, GroupRow>((db, param) =>
  db
    .selectFrom('resource_groups_group')
    .selectAll()
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('name', '=', param('name')),
);

export async function findGroup(tx: ReadTx, { account, region }: Scope, name: string): Promise<ResourceGroup | undefined> {
  const [row] = await groupByName(tx, { account, region, name });
  return row === undefined ? undefined : toGroup(row);
}

/** In name order; there are at most GROUPS_MAX. */
export async function listGroups(tx: ReadTx, scope: Scope): Promise<ResourceGroup[]> {
  return (await groups(tx, scope).selectAll().orderBy('name').execute()).map(toGroup);
}

export async function countGroups(tx: ReadTx, scope: Scope): Promise<number> {
  const { count } = await groups(tx, scope)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** False when the name is taken. */
export async function insertGroup(tx: Tx, scope: Scope, group: ResourceGroup): Promise<boolean> {
  const result = await tables<ResourceGroupTables>(tx)
    .insertInto('resource_groups_group')
    .values({ account: scope.account, region: scope.region, name: group.name, ...columns(group) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export async function updateGroup(tx: Tx, scope: Scope, group: ResourceGroup): Promise<void> {
  await tables<ResourceGroupTables>(tx)
    .updateTable('resource_groups_group')
    .set(columns(group))
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', group.name)
    .execute();
}

export async function deleteGroup(tx: Tx, scope: Scope, name: string): Promise<void> {
  await deleteMembers(tx, scope, name);
  await tables<ResourceGroupTables>(tx)
    .deleteFrom('resource_groups_group')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .execute();
}

export async function deleteMembers(tx: Tx, scope: Scope, group: string): Promise<void> {
  await tables<ResourceGroupTables>(tx)
    .deleteFrom('resource_groups_member')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('group_name', '=', group)
    .execute();
}

export async function insertMember(tx: Tx, scope: Scope, group: string, { kind, id }: Resource): Promise<void> {
  await tables<ResourceGroupTables>(tx)
    .insertInto('resource_groups_member')
    .values({ account: scope.account, region: scope.region, group_name: group, resource_kind: kind, resource_id: id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when it was no member. */
export async function deleteMember(tx: Tx, scope: Scope, group: string, { kind, id }: Resource): Promise<boolean> {
  const result = await tables<ResourceGroupTables>(tx)
    .deleteFrom('resource_groups_member')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('group_name', '=', group)
    .where('resource_kind', '=', kind)
    .where('resource_id', '=', id)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

/** Ids of members in a range, in id order. */
export async function pageMembers(
  tx: ReadTx,
  scope: Scope,
  group: string,
  { kind, above, below }: Range,
  limit: number,
): Promise<string[]> {
  const rows = await members(tx, scope, group, kind)
    .$if(above !== undefined, (query) => query.where('resource_id', '>', above ?? ''))
    .$if(below !== undefined, (query) => query.where('resource_id', '<', below ?? ''))
    .select('resource_id')
    .orderBy('resource_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.resource_id);
}

export async function membersAmong(
  tx: ReadTx,
  scope: Scope,
  group: string,
  kind: ResourceKind,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await members(tx, scope, group, kind).select('resource_id').where('resource_id', 'in', ids).execute();
  return new Set(rows.map((row) => row.resource_id));
}

function groups(tx: ReadTx, scope: Scope) {
  return tables<ResourceGroupTables>(tx)
    .selectFrom('resource_groups_group')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
}

function members(tx: ReadTx, scope: Scope, group: string, kind: ResourceKind) {
  return tables<ResourceGroupTables>(tx)
    .selectFrom('resource_groups_member')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('group_name', '=', group)
    .where('resource_kind', '=', kind);
}

function columns(group: ResourceGroup): Omit<GroupRow, 'account' | 'region' | 'name'> {
  return {
    description: group.description ?? null,
    criticality: group.criticality ?? null,
    owner: group.owner ?? null,
    display_name: group.displayName ?? null,
    query: group.query === undefined ? null : JSON.stringify(group.query),
    configuration: group.configuration === undefined ? null : JSON.stringify(group.configuration),
  };
}

function toGroup(row: GroupRow): ResourceGroup {
  return {
    name: row.name,
    description: row.description ?? undefined,
    criticality: row.criticality ?? undefined,
    owner: row.owner ?? undefined,
    displayName: row.display_name ?? undefined,
    query: row.query === null ? undefined : (JSON.parse(row.query) as ResourceQuery),
    configuration: row.configuration === null ? undefined : (JSON.parse(row.configuration) as GroupConfigurationList),
  };
}
