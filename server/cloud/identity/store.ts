// Every SQL statement of the identity domain.
import type { AccountId } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import type { AccessKeyRow, IdentityTables } from './tables.ts';

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
