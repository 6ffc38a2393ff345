// What stands in the way of deleting a user, group or role: IAM deletes nothing along.
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { groupIdsOf, memberIdsOf } from './belongings-store.ts';
import type { Entity } from './entity.ts';
import { profilesOfRole } from './entity-store.ts';
import { listAttached, listInline } from '../policies/policy-store.ts';
import { keysOf } from '../access-keys/store.ts';

interface Deleting {
  readonly tx: ReadTx;
  readonly account: AccountId;
  readonly ctx: Pick<RequestContext<'DeleteConflict'>, 'fail'>;
}

export async function requireDeletableUser(call: Deleting, user: Entity): Promise<void> {
  const { tx, account } = call;
  if ((await groupIdsOf(tx, account, user.id)).length > 0) refuse(call, 'must remove users from group first');
  if ((await keysOf(tx, account, user.id)).length > 0) refuse(call, 'must delete access keys first');
  await requireWithoutPolicies(call, user);
}

export async function requireDeletableGroup(call: Deleting, group: Entity): Promise<void> {
  if ((await memberIdsOf(call.tx, call.account, group.id)).length > 0) refuse(call, 'must remove users from group first');
  await requireWithoutPolicies(call, group);
}

export async function requireDeletableRole(call: Deleting, role: Entity): Promise<void> {
  if ((await profilesOfRole(call.tx, call.account, role.id)).length > 0)
    refuse(call, 'must remove roles from instance profile first');
  await requireWithoutPolicies(call, role);
}

async function requireWithoutPolicies(call: Deleting, { id }: Entity): Promise<void> {
  if ((await listAttached(call.tx, call.account, [id])).length > 0) refuse(call, 'must detach all policies first');
  if ((await listInline(call.tx, call.account, [id])).length > 0) refuse(call, 'must delete policies first');
}

function refuse({ ctx }: Deleting, what: string): never {
  return ctx.fail('DeleteConflict', `Cannot delete entity, ${what}.`);
}
