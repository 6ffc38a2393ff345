// SQL of what belongs to entities: members of groups, tags.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL } from './entity.ts';
import type { IdentityTables } from '../tables.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export async function addMember(tx: Tx, account: AccountId, groupId: string, userId: string): Promise<void> {
  await tables<IdentityTables>(tx)
    .insertInto('identity_membership')
    .values({ account, region: GLOBAL, group_id: groupId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function removeMember(tx: Tx, account: AccountId, groupId: string, userId: string): Promise<boolean> {
  const result = await tables<IdentityTables>(tx)
    .deleteFrom('identity_membership')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

export async function groupIdsOf(tx: ReadTx, account: AccountId, userId: string): Promise<string[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_membership')
    .select('group_id')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('user_id', '=', userId)
    .orderBy('group_id')
    .execute();
  return rows.map((row) => row.group_id);
}

export async function memberIdsOf(tx: ReadTx, account: AccountId, groupId: string): Promise<string[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_membership')
    .select('user_id')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('group_id', '=', groupId)
    .execute();
  return rows.map((row) => row.user_id);
}

/** By key. */
export async function tagsOf(tx: ReadTx, account: AccountId, entityId: string): Promise<Tag[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_tag')
    .select(['key', 'value'])
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', entityId)
    .orderBy('key_folded')
    .execute();
  return rows.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** Adds or replaces; keys differ by more than case. */
export async function putTags(tx: Tx, account: AccountId, entityId: string, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  await tables<IdentityTables>(tx)
    .insertInto('identity_tag')
    .values(
      tags.map(({ Key, Value }) => ({
        account,
        region: GLOBAL,
        entity_id: entityId,
        key_folded: Key.toLowerCase(),
        key: Key,
        value: Value,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'region', 'entity_id', 'key_folded'])
        .doUpdateSet((eb) => ({ key: eb.ref('excluded.key'), value: eb.ref('excluded.value') })),
    )
    .execute();
}

export async function removeTags(tx: Tx, account: AccountId, entityId: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await tables<IdentityTables>(tx)
    .deleteFrom('identity_tag')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', entityId)
    .where(
      'key_folded',
      'in',
      keys.map((key) => key.toLowerCase()),
    )
    .execute();
}
