// Statements about resource policies of parameters, and about who is named in them.
import type { AccountId, Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import type { ParameterTables } from '../tables.ts';

export interface ResourcePolicy {
  readonly id: string;
  readonly hash: string;
  readonly text: string;
}

/** For grantees: everybody. */
export const EVERYBODY = '*';

export async function findResourcePolicy(tx: ReadTx, owner: Scope, key: string): Promise<ResourcePolicy | undefined> {
  const row = await tables<ParameterTables>(tx)
    .selectFrom('parameters_resource_policy')
    .select(['policy_id', 'policy_hash', 'policy'])
    .where('account', '=', owner.account)
    .where('region', '=', owner.region)
    .where('key', '=', key)
    .executeTakeFirst();
  return row === undefined ? undefined : { id: row.policy_id, hash: row.policy_hash, text: row.policy };
}

export async function putResourcePolicy(
  tx: Tx,
  { account, region }: Scope,
  key: string,
  policy: ResourcePolicy,
  grantees: readonly string[],
): Promise<void> {
  await deleteResourcePolicy(tx, { account, region }, key);
  const db = tables<ParameterTables>(tx);
  await db
    .insertInto('parameters_resource_policy')
    .values({ account, region, key, policy_id: policy.id, policy_hash: policy.hash, policy: policy.text })
    .execute();
  if (grantees.length === 0) return;
  await db
    .insertInto('parameters_grantee')
    .values(grantees.map((grantee) => ({ account, region, key, grantee })))
    .execute();
}

export async function deleteResourcePolicy(tx: Tx, { account, region }: Scope, key: string): Promise<void> {
  for (const table of ['parameters_resource_policy', 'parameters_grantee'] as const)
    await tables<ParameterTables>(tx)
      .deleteFrom(table)
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key', '=', key)
      .execute();
}

export interface SharedPlace {
  readonly owner: Scope;
  readonly key: string;
}

/** Other accounts' parameters whose policies name the account or everybody, in the order of account and key, after `after`. */
export async function listSharedWith(
  tx: ReadTx,
  { account, region }: Scope,
  after: SharedPlace | undefined,
  limit: number,
): Promise<SharedPlace[]> {
  let query = tables<ParameterTables>(tx)
    .selectFrom('parameters_grantee')
    .select(['account', 'key'])
    .distinct()
    .where('region', '=', region)
    .where('grantee', 'in', [account, EVERYBODY])
    .where('account', '!=', account);
  if (after !== undefined) {
    const { owner, key } = after;
    query = query.where((e) =>
      e.or([e('account', '>', owner.account), e.and([e('account', '=', owner.account), e('key', '>', key)])]),
    );
  }
  const rows = await query.orderBy('account').orderBy('key').limit(limit).execute();
  return rows.map((row) => ({ owner: { account: row.account as AccountId, region }, key: row.key }));
}
