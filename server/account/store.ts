// Every statement of the account domain: service settings by their id. What was never changed has no row.
import type { Scope } from '../platform/ids.ts';
import { prepare, tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { SettingId, StoredSetting } from './service-setting.ts';
import type { AccountTables, ServiceSettingRow } from './tables.ts';

type At = { readonly account: string; readonly region: string; readonly id: string };

/** Asked by every put of a parameter without a tier. */
const selectSetting = prepare<AccountTables, At, ServiceSettingRow>((db, param) =>
  db
    .selectFrom('account_service_setting')
    .selectAll()
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('setting_id', '=', param('id')),
);

export async function findSetting(tx: ReadTx, { account, region }: Scope, id: SettingId): Promise<StoredSetting | undefined> {
  const [row] = await selectSetting(tx, { account, region, id });
  return row === undefined
    ? undefined
    : { value: row.value ?? undefined, modifiedAt: new Date(row.modified_at), modifiedBy: row.modified_by };
}

export async function putSetting(tx: Tx, { account, region }: Scope, id: SettingId, setting: StoredSetting): Promise<void> {
  const row = { value: setting.value ?? null, modified_at: setting.modifiedAt.getTime(), modified_by: setting.modifiedBy };
  await tables<AccountTables>(tx)
    .insertInto('account_service_setting')
    .values({ account, region, setting_id: id, ...row })
    .onConflict((conflict) => conflict.columns(['account', 'region', 'setting_id']).doUpdateSet(row))
    .execute();
}
