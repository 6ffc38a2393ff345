// What uses a managed policy, with what is there from birth: counts for lists, entities for whoever wants to know.
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { findByIds } from '../entities/directory.ts';
import { builtInAttachments, builtInEntities, type Entity } from '../entities/entity.ts';
import { attachedTo, listAttached, usesOf } from './policy-store.ts';

export interface PolicyUses {
  readonly attached: number;
  readonly boundary: number;
}

export async function usesOfPolicies(
  tx: ReadTx,
  account: AccountId,
  arns: readonly string[],
): Promise<ReadonlyMap<string, PolicyUses>> {
  const uses = new Map<string, PolicyUses>(await usesOf(tx, account, arns));
  for (const arn of builtInEntities(account).flatMap(builtInAttachments)) {
    const use = uses.get(arn) ?? { attached: 0, boundary: 0 };
    uses.set(arn, { ...use, attached: use.attached + 1 });
  }
  return uses;
}

/** Users, groups and roles that the policy is attached to. */
export async function entitiesWith(tx: ReadTx, account: AccountId, policyArn: string): Promise<readonly Entity[]> {
  const builtIn = builtInEntities(account).filter((one) => builtInAttachments(one).includes(policyArn));
  const attached = await findByIds(tx, account, await attachedTo(tx, account, policyArn));
  return [...builtIn, ...attached.filter((one) => !builtIn.some(({ id }) => id === one.id))];
}

/** ARNs of all policies attached to an entity. */
export async function policiesOf(tx: ReadTx, account: AccountId, entity: Entity): Promise<readonly string[]> {
  return [...new Set([...builtInAttachments(entity), ...(await listAttached(tx, account, [entity.id]))])];
}
