// Managed policies attached to users, groups and roles, and the policy that bounds a user or role.
import { readPolicyArn } from '../entities/directory.ts';
import { builtInAttachments, type Entity } from '../entities/entity.ts';
import { updateEntity } from '../entities/entity-store.ts';
import type { Changing, Reading } from '../iam-operation.ts';
import { policiesOf } from './policy-uses.ts';
import { attach, detach, listAttached } from './policy-store.ts';
import { requireAttachable, requireRoomForPolicy } from '../entities/require.ts';

export async function attachPolicy(
  call: Changing<'NoSuchEntity' | 'LimitExceeded'>,
  holder: Entity,
  policyArn: string,
): Promise<void> {
  await requireAttachable(call, policyArn);
  const attached = await listAttached(call.tx, call.account, [holder.id]);
  if (attached.includes(policyArn) || builtInAttachments(holder).includes(policyArn)) return;
  requireRoomForPolicy(call.ctx, holder, attached);
  await attach(call.tx, call.account, holder.id, policyArn);
}

export async function detachPolicy(
  { tx, account, ctx }: Changing<'NoSuchEntity'>,
  holder: Entity,
  policyArn: string,
): Promise<void> {
  if (!(await detach(tx, account, holder.id, policyArn))) ctx.fail('NoSuchEntity', `Policy ${policyArn} was not found.`);
}

interface Attached {
  readonly PolicyName: string;
  readonly PolicyArn: string;
}

export async function attachedPolicies(
  { tx, account }: Reading,
  holder: Entity,
  pathPrefix: string | undefined,
): Promise<readonly Attached[]> {
  return (await policiesOf(tx, account, holder)).flatMap((PolicyArn) => {
    const named = readPolicyArn(PolicyArn);
    return named === undefined || !named.path.startsWith(pathPrefix ?? '/') ? [] : [{ PolicyName: named.name, PolicyArn }];
  });
}

/** Undefined takes the boundary away. */
export async function setBoundary(
  call: Changing<'NoSuchEntity'>,
  entity: Entity,
  boundaryArn: string | undefined,
): Promise<void> {
  if (boundaryArn !== undefined) await requireAttachable(call, boundaryArn);
  await updateEntity(call.tx, call.account, { ...entity, boundaryArn });
}
