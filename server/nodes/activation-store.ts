// Activations: every statement about them. The count of registrations moves only below the limit, in the unit that adds the node.
import type { ActivationId, Scope } from '../platform/ids.ts';
import { tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { Tag } from '../platform/tags/tags.ts';
import type { Activation } from './activation.ts';
import type { ActivationRow, NodeTables } from './tables.ts';

export async function insertActivation(tx: Tx, scope: Scope, activation: Activation, codeHash: Uint8Array): Promise<void> {
  await tables<NodeTables>(tx)
    .insertInto('nodes_activation')
    .values({
      account: scope.account,
      region: scope.region,
      activation_id: activation.activationId,
      code_hash: codeHash,
      description: activation.description ?? null,
      default_instance_name: activation.defaultInstanceName ?? null,
      iam_role: activation.iamRole,
      registration_limit: activation.registrationLimit,
      registrations_count: activation.registrationsCount,
      expires_at: activation.expiresAt.getTime(),
      created_at: activation.createdAt.getTime(),
      tags: JSON.stringify(activation.tags),
    })
    .execute();
}

export interface FoundActivation {
  readonly scope: Scope;
  readonly activation: Activation;
  readonly codeHash: Uint8Array;
}

/** By the id alone: who registers has no scope to name. */
export async function findActivation(tx: ReadTx, activationId: string): Promise<FoundActivation | undefined> {
  const row = await tables<NodeTables>(tx)
    .selectFrom('nodes_activation')
    .selectAll()
    .where('activation_id', '=', activationId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids came from a scope when they were written
  return { scope: { account: row.account, region: row.region } as Scope, activation: toActivation(row), codeHash: row.code_hash };
}

/** Takes one of the activation's registrations; false when there is none left. */
export async function takeRegistration(tx: Tx, scope: Scope, activationId: ActivationId): Promise<boolean> {
  const result = await tables<NodeTables>(tx)
    .updateTable('nodes_activation')
    .set((e) => ({ registrations_count: e('registrations_count', '+', 1) }))
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('activation_id', '=', activationId)
    .whereRef('registrations_count', '<', 'registration_limit')
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

export interface ActivationFilter {
  readonly column: 'activation_id' | 'default_instance_name' | 'iam_role';
  readonly values: readonly string[];
}

export async function pageActivations(
  tx: ReadTx,
  scope: Scope,
  filters: readonly ActivationFilter[],
  after: string | undefined,
  limit: number,
): Promise<Activation[]> {
  let query = tables<NodeTables>(tx)
    .selectFrom('nodes_activation')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
  if (after !== undefined) query = query.where('activation_id', '>', after);
  for (const { column, values } of filters) query = query.where(column, 'in', values);
  const rows = await query.orderBy('activation_id').limit(limit).execute();
  return rows.map(toActivation);
}

export async function deleteActivation(tx: Tx, scope: Scope, activationId: string): Promise<boolean> {
  const result = await tables<NodeTables>(tx)
    .deleteFrom('nodes_activation')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('activation_id', '=', activationId)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

function toActivation(row: ActivationRow): Activation {
  const tags: Tag[] = JSON.parse(row.tags);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the column holds nothing else
    activationId: row.activation_id as ActivationId,
    description: row.description ?? undefined,
    defaultInstanceName: row.default_instance_name ?? undefined,
    iamRole: row.iam_role,
    registrationLimit: row.registration_limit,
    registrationsCount: row.registrations_count,
    expiresAt: new Date(row.expires_at),
    createdAt: new Date(row.created_at),
    tags,
  };
}
