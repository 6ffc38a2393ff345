// SQL of access keys.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL } from '../entities/entity.ts';
import type { AccessKeyRow, IdentityTables } from '../tables.ts';

export function findAccessKey(tx: ReadTx, accessKeyId: string): Promise<AccessKeyRow | undefined> {
  return tables<IdentityTables>(tx)
    .selectFrom('identity_access_key')
    .selectAll()
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst();
}

export function findAdministratorKey(tx: ReadTx | Tx, account: AccountId): Promise<AccessKeyRow | undefined> {
  return tables<IdentityTables>(tx)
    .selectFrom('identity_access_key')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', 'administrator')
    .executeTakeFirst();
}

/** Leaves the account's administrator key as it is when there is one. */
export async function addAccessKey(tx: Tx, row: AccessKeyRow): Promise<void> {
  await tables<IdentityTables>(tx)
    .insertInto('identity_access_key')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** In the order in which they were made. Without `userId`: the administrator's. */
export async function keysOf(tx: ReadTx, account: AccountId, userId: string | undefined): Promise<AccessKeyRow[]> {
  const keys = tables<IdentityTables>(tx).selectFrom('identity_access_key').selectAll().where('account', '=', account);
  const own =
    userId === undefined
      ? keys.where('kind', '=', 'administrator')
      : keys.where('region', '=', GLOBAL).where('user_id', '=', userId);
  return own.orderBy('created_at').orderBy('access_key_id').execute();
}

export async function setKeyStatus(
  tx: Tx,
  account: AccountId,
  accessKeyId: string,
  status: AccessKeyRow['status'],
): Promise<void> {
  await tables<IdentityTables>(tx)
    .updateTable('identity_access_key')
    .set({ status })
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('access_key_id', '=', accessKeyId)
    .execute();
}

export async function deleteKey(tx: Tx, account: AccountId, accessKeyId: string): Promise<void> {
  await tables<IdentityTables>(tx)
    .deleteFrom('identity_access_key')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('access_key_id', '=', accessKeyId)
    .execute();
}

export async function noteKeyUse(
  tx: Tx,
  accessKeyId: string,
  use: { readonly at: Date; readonly region: string; readonly service: string },
): Promise<void> {
  await tables<IdentityTables>(tx)
    .updateTable('identity_access_key')
    .set({ last_used_at: use.at.getTime(), last_used_region: use.region, last_used_service: use.service })
    .where('access_key_id', '=', accessKeyId)
    .execute();
}
