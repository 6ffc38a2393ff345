// SQL of credential reports: the keys of all users, and the report that was made of them.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL } from '../entities/entity.ts';
import type { AccessKeyRow, CredentialReportRow, IdentityTables } from '../tables.ts';

type Key = Pick<
  AccessKeyRow,
  'access_key_id' | 'user_id' | 'created_at' | 'status' | 'last_used_at' | 'last_used_region' | 'last_used_service'
>;

/** Of all users of the account, the oldest first; without their secrets. */
export async function keysOfAccount(tx: ReadTx, account: AccountId): Promise<Key[]> {
  return await tables<IdentityTables>(tx)
    .selectFrom('identity_access_key')
    .select(['access_key_id', 'user_id', 'created_at', 'status', 'last_used_at', 'last_used_region', 'last_used_service'])
    .where('account', '=', account)
    .orderBy('created_at')
    .orderBy('access_key_id')
    .execute();
}

export async function findReport(tx: ReadTx, account: AccountId): Promise<CredentialReportRow | undefined> {
  return await tables<IdentityTables>(tx)
    .selectFrom('identity_credential_report')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .executeTakeFirst();
}

export async function putReport(tx: Tx, account: AccountId, at: Date, content: string): Promise<void> {
  const report = { generated_at: at.getTime(), content };
  await tables<IdentityTables>(tx)
    .insertInto('identity_credential_report')
    .values({ account, region: GLOBAL, ...report })
    .onConflict((conflict) => conflict.columns(['account', 'region']).doUpdateSet(report))
    .execute();
}
