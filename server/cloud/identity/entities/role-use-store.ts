// SQL of when roles were last used.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL } from './entity.ts';
import type { IdentityTables } from '../tables.ts';

export interface StoredRoleUse {
  readonly at: Date;
  readonly region: string;
}

export async function findRoleUse(tx: ReadTx, account: AccountId, roleId: string): Promise<StoredRoleUse | undefined> {
  const row = await tables<IdentityTables>(tx)
    .selectFrom('identity_role_use')
    .select(['last_used_at', 'last_used_region'])
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', roleId)
    .executeTakeFirst();
  return row === undefined ? undefined : { at: new Date(row.last_used_at), region: row.last_used_region };
}

/** A later one that another replica wrote stays. */
export async function putRoleUse(tx: Tx, account: AccountId, roleId: string, { at, region }: StoredRoleUse): Promise<void> {
  const used = { last_used_at: at.getTime(), last_used_region: region };
  await tables<IdentityTables>(tx)
    .insertInto('identity_role_use')
    .values({ account, region: GLOBAL, entity_id: roleId, ...used })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'region', 'entity_id'])
        .doUpdateSet(used)
        .where('identity_role_use.last_used_at', '<', used.last_used_at),
    )
    .execute();
}
