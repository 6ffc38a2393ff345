// Every statement of the keys domain.
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import type { Alias, Key } from './key.ts';
import type { AliasRow, KeyRow, KeyTables, MaterialRow } from './tables.ts';

export async function findKey(tx: ReadTx, scope: Scope, keyId: string): Promise<Key | undefined> {
  const row = await keys(tx, scope).selectAll().where('key_id', '=', keyId).executeTakeFirst();
  return row === undefined ? undefined : toKey(row);
}

/** In id order, after `after`. */
export async function listKeyIds(tx: ReadTx, scope: Scope, after: string, limit: number): Promise<string[]> {
  const rows = await keys(tx, scope).select('key_id').where('key_id', '>', after).orderBy('key_id').limit(limit).execute();
  return rows.map((row) => row.key_id);
}

export async function countKeys(tx: ReadTx, scope: Scope): Promise<number> {
  const { count } = await keys(tx, scope)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertKey(tx: Tx, key: Key): Promise<void> {
  await tables<KeyTables>(tx).insertInto('keys_key').values(toRow(key)).execute();
}

export async function updateKey(tx: Tx, key: Key): Promise<void> {
  const { account, region, key_id, ...columns } = toRow(key);
  await tables<KeyTables>(tx)
    .updateTable('keys_key')
    .set(columns)
    .where('account', '=', account)
    .where('region', '=', region)
    .where('key_id', '=', key_id)
    .execute();
}

/** With its material, its aliases and its grants. */
export async function deleteKey(tx: Tx, { account, region, keyId }: Key): Promise<void> {
  for (const table of ['keys_material', 'keys_alias', 'keys_grant', 'keys_key'] as const)
    await tables<KeyTables>(tx)
      .deleteFrom(table)
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .execute();
}

/** Whose deletion or rotation is due, the oldest first. */
export async function dueKeys(tx: ReadTx, now: Date, limit: number): Promise<(Scope & { readonly keyId: string })[]> {
  const due = async (column: 'deletion_at' | 'rotation_at', state: Key['state']) =>
    tables<KeyTables>(tx)
      .selectFrom('keys_key')
      .select(['account', 'region', 'key_id'])
      .where(column, '<=', now.getTime())
      .where('state', '=', state)
      .orderBy(column)
      .limit(limit)
      .execute();
  const rows = [...(await due('deletion_at', 'PendingDeletion')), ...(await due('rotation_at', 'Enabled'))].slice(0, limit);
  return rows.map((row) => ({ ...scopeOf(row), keyId: row.key_id }));
}

export async function materialsOf(tx: ReadTx, { account, region }: Scope, keyId: string): Promise<MaterialRow[]> {
  return tables<KeyTables>(tx)
    .selectFrom('keys_material')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('key_id', '=', keyId)
    .orderBy('version')
    .execute();
}

export async function insertMaterial(tx: Tx, row: MaterialRow): Promise<void> {
  await tables<KeyTables>(tx).insertInto('keys_material').values(row).execute();
}

export async function findAlias(tx: ReadTx, scope: Scope, name: string): Promise<Alias | undefined> {
  const row = await aliases(tx, scope).selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toAlias(row);
}

/** In name order, after `after`; with `keyId` those of this key. */
export async function listAliases(
  tx: ReadTx,
  scope: Scope,
  keyId: string | undefined,
  after: string,
  limit: number,
): Promise<Alias[]> {
  const rows = await aliases(tx, scope)
    .selectAll()
    .$if(keyId !== undefined, (query) => query.where('key_id', '=', keyId ?? ''))
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(toAlias);
}

/** False when the name is taken. */
export async function insertAlias(tx: Tx, { account, region }: Scope, alias: Alias): Promise<boolean> {
  const result = await tables<KeyTables>(tx)
    .insertInto('keys_alias')
    .values({
      account,
      region,
      name: alias.name,
      key_id: alias.keyId,
      created_at: alias.createdAt.getTime(),
      updated_at: alias.updatedAt.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export async function updateAlias(tx: Tx, { account, region }: Scope, { name, keyId, updatedAt }: Alias): Promise<void> {
  await tables<KeyTables>(tx)
    .updateTable('keys_alias')
    .set({ key_id: keyId, updated_at: updatedAt.getTime() })
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
}

export async function deleteAlias(tx: Tx, { account, region }: Scope, name: string): Promise<void> {
  await tables<KeyTables>(tx)
    .deleteFrom('keys_alias')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
}

function keys(tx: ReadTx, { account, region }: Scope) {
  return tables<KeyTables>(tx).selectFrom('keys_key').where('account', '=', account).where('region', '=', region);
}

function aliases(tx: ReadTx, { account, region }: Scope) {
  return tables<KeyTables>(tx).selectFrom('keys_alias').where('account', '=', account).where('region', '=', region);
}

function scopeOf(row: { account: string; region: string }): Scope {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written from a Scope
  return { account: row.account as AccountId, region: row.region as Region };
}

const dateOf = (milliseconds: number | null): Date | undefined => (milliseconds === null ? undefined : new Date(milliseconds));

function toKey(row: KeyRow): Key {
  return {
    ...scopeOf(row),
    keyId: row.key_id,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by toRow
    manager: row.manager as Key['manager'],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by toRow
    spec: row.spec as Key['spec'],
    description: row.description,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by toRow
    state: row.state as Key['state'],
    policy: row.policy,
    createdAt: new Date(row.created_at),
    version: row.version,
    deletionAt: dateOf(row.deletion_at),
    deletionDays: row.deletion_days ?? undefined,
    rotationDays: row.rotation_days ?? undefined,
    rotationAt: dateOf(row.rotation_at),
  };
}

function toRow(key: Key): KeyRow {
  return {
    account: key.account,
    region: key.region,
    key_id: key.keyId,
    manager: key.manager,
    spec: key.spec,
    description: key.description,
    state: key.state,
    policy: key.policy,
    created_at: key.createdAt.getTime(),
    version: key.version,
    deletion_at: key.deletionAt?.getTime() ?? null,
    deletion_days: key.deletionDays ?? null,
    rotation_days: key.rotationDays ?? null,
    rotation_at: key.rotationAt?.getTime() ?? null,
  };
}

function toAlias(row: AliasRow): Alias {
  return { name: row.name, keyId: row.key_id, createdAt: new Date(row.created_at), updatedAt: new Date(row.updated_at) };
}
