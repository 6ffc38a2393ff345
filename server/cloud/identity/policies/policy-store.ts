// SQL of policies: versions of managed ones, inline ones, and what is attached to what.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL, nameKey } from '../entities/entity.ts';
import type { IdentityTables, PolicyVersionRow } from '../tables.ts';

type Version = Pick<PolicyVersionRow, 'policy_id' | 'version' | 'document' | 'created_at'>;

export interface NamedDocument {
  readonly name: string;
  readonly document: string;
}

export async function insertVersion(tx: Tx, account: AccountId, version: Version): Promise<void> {
  await tables<IdentityTables>(tx)
    .insertInto('identity_policy_version')
    .values({ account, region: GLOBAL, ...version })
    .execute();
}

/** Newest first; at most five. */
export async function listVersions(tx: ReadTx, account: AccountId, policyId: string): Promise<PolicyVersionRow[]> {
  return tables<IdentityTables>(tx)
    .selectFrom('identity_policy_version')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('policy_id', '=', policyId)
    .orderBy('version', 'desc')
    .execute();
}

export async function deleteVersion(tx: Tx, account: AccountId, policyId: string, version: number): Promise<void> {
  await tables<IdentityTables>(tx)
    .deleteFrom('identity_policy_version')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('policy_id', '=', policyId)
    .where('version', '=', version)
    .execute();
}

export interface DefaultDocument extends NamedDocument {
  readonly path: string;
}

/** The default versions of the account's own policies of these names. */
export async function defaultDocuments(tx: ReadTx, account: AccountId, names: readonly string[]): Promise<DefaultDocument[]> {
  if (names.length === 0) return [];
  return tables<IdentityTables>(tx)
    .selectFrom('identity_entity as policy')
    .innerJoin('identity_policy_version as version', (join) =>
      join
        .onRef('version.account', '=', 'policy.account')
        .onRef('version.region', '=', 'policy.region')
        .onRef('version.policy_id', '=', 'policy.id')
        .onRef('version.version', '=', 'policy.default_version'),
    )
    .where('policy.account', '=', account)
    .where('policy.region', '=', GLOBAL)
    .where('policy.kind', '=', 'policy')
    .where('policy.name_key', 'in', names.map(nameKey))
    .select(['policy.name', 'policy.path', 'version.document'])
    .execute();
}

/** Adds or replaces. */
export async function putInline(tx: Tx, account: AccountId, entityId: string, policy: NamedDocument): Promise<void> {
  await tables<IdentityTables>(tx)
    .insertInto('identity_inline_policy')
    .values({ account, region: GLOBAL, entity_id: entityId, name: policy.name, document: policy.document })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'region', 'entity_id', 'name'])
        .doUpdateSet((eb) => ({ document: eb.ref('excluded.document') })),
    )
    .execute();
}

export interface HeldDocument extends NamedDocument {
  readonly holderId: string;
}

/** In name order. */
export async function listInline(tx: ReadTx, account: AccountId, entityIds: readonly string[]): Promise<HeldDocument[]> {
  return tables<IdentityTables>(tx)
    .selectFrom('identity_inline_policy')
    .select(['entity_id as holderId', 'name', 'document'])
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', 'in', entityIds)
    .orderBy('name')
    .execute();
}

/** False when there was none. */
export async function deleteInline(tx: Tx, account: AccountId, entityId: string, name: string): Promise<boolean> {
  const result = await tables<IdentityTables>(tx)
    .deleteFrom('identity_inline_policy')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', entityId)
    .where('name', '=', name)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

export async function attach(tx: Tx, account: AccountId, entityId: string, policyArn: string): Promise<void> {
  await tables<IdentityTables>(tx)
    .insertInto('identity_attachment')
    .values({ account, region: GLOBAL, entity_id: entityId, policy_arn: policyArn })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when it was not attached. */
export async function detach(tx: Tx, account: AccountId, entityId: string, policyArn: string): Promise<boolean> {
  const result = await tables<IdentityTables>(tx)
    .deleteFrom('identity_attachment')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', entityId)
    .where('policy_arn', '=', policyArn)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** ARNs, each once. */
export async function listAttached(tx: ReadTx, account: AccountId, entityIds: readonly string[]): Promise<string[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_attachment')
    .select('policy_arn')
    .distinct()
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', 'in', entityIds)
    .orderBy('policy_arn')
    .execute();
  return rows.map((row) => row.policy_arn);
}

/** Ids of what the policy is attached to. */
export async function attachedTo(tx: ReadTx, account: AccountId, policyArn: string): Promise<string[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_attachment')
    .select('entity_id')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('policy_arn', '=', policyArn)
    .orderBy('entity_id')
    .execute();
  return rows.map((row) => row.entity_id);
}

/** How often each of these is attached, and how often it is a boundary. What is neither has no entry. */
export async function usesOf(
  tx: ReadTx,
  account: AccountId,
  arns: readonly string[],
): Promise<Map<string, { readonly attached: number; readonly boundary: number }>> {
  const uses = new Map<string, { attached: number; boundary: number }>();
  if (arns.length === 0) return uses;
  const of = (arn: string) => {
    const use = uses.get(arn) ?? { attached: 0, boundary: 0 };
    uses.set(arn, use);
    return use;
  };
  const db = tables<IdentityTables>(tx);
  const attached = await db
    .selectFrom('identity_attachment')
    .select((eb) => ['policy_arn as arn', eb.fn.countAll<number>().as('count')])
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('policy_arn', 'in', arns)
    .groupBy('policy_arn')
    .execute();
  for (const { arn, count } of attached) of(arn).attached = count;
  const bounding = await db
    .selectFrom('identity_entity')
    .select((eb) => ['boundary_arn as arn', eb.fn.countAll<number>().as('count')])
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('boundary_arn', 'in', arns)
    .groupBy('boundary_arn')
    .execute();
  for (const { arn, count } of bounding) if (arn !== null) of(arn).boundary = count;
  return uses;
}
