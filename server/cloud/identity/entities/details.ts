// Entities with all that decides what they may, as GetAccountAuthorizationDetails answers them.
import type { GroupDetail, ManagedPolicyDetail, RoleDetail, UserDetail } from '../../../platform/api/models/iam.types.gen.ts';
import type { Reading } from '../iam-operation.ts';
import { attachedPolicies } from '../policies/attachments.ts';
import { encodedPolicy } from '../policies/documents.ts';
import { listInline } from '../policies/policy-store.ts';
import { usesOfPolicies } from '../policies/policy-uses.ts';
import { versionsOf } from '../policies/policy-versions.ts';
import { groupIdsOf, type Tag } from './belongings-store.ts';
import { findByIds } from './directory.ts';
import type { Entity } from './entity.ts';
import { profilesOfRole } from './entity-store.ts';
import { roleLastUsed } from './role-last-used.ts';
import { groupView, policyArn, policyView, profileView, versionView, wholeRoleView, wholeUserView } from './views.ts';

async function inlinePolicies({ tx, account }: Reading, { id }: Entity) {
  const policies = await listInline(tx, account, [id]);
  return policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodedPolicy(document) }));
}

export async function userDetail(call: Reading, user: Entity, tags: readonly Tag[]): Promise<UserDetail> {
  const { tx, account } = call;
  const groups = await findByIds(tx, account, await groupIdsOf(tx, account, user.id));
  return {
    ...wholeUserView(account, user, tags),
    UserPolicyList: await inlinePolicies(call, user),
    GroupList: groups.map(({ name }) => name),
    AttachedManagedPolicies: await attachedPolicies(call, user, undefined),
  };
}

export async function groupDetail(call: Reading, group: Entity): Promise<GroupDetail> {
  return {
    ...groupView(call.account, group),
    GroupPolicyList: await inlinePolicies(call, group),
    AttachedManagedPolicies: await attachedPolicies(call, group, undefined),
  };
}

export async function roleDetail(call: Reading, role: Entity, tags: readonly Tag[]): Promise<RoleDetail> {
  const { tx, account } = call;
  // The list has neither of them.
  const { Description: _description, MaxSessionDuration: _duration, ...view } = wholeRoleView(account, role, tags);
  const profiles = await profilesOfRole(tx, account, role.id);
  return {
    ...view,
    InstanceProfileList: profiles.map((profile) => profileView(account, profile, role)),
    RolePolicyList: await inlinePolicies(call, role),
    AttachedManagedPolicies: await attachedPolicies(call, role, undefined),
    RoleLastUsed: await roleLastUsed(call, role),
  };
}

export async function policyDetail(call: Reading, policy: Entity): Promise<ManagedPolicyDetail> {
  const { tx, account } = call;
  const arn = policyArn(account, policy);
  const uses = await usesOfPolicies(tx, account, [arn]);
  const { Tags: _tags, ...view } = policyView(account, policy, uses.get(arn));
  const versions = await versionsOf(call, policy, arn);
  return {
    ...view,
    Description: policy.description,
    PolicyVersionList: versions.map(({ version, createdAt, document }) => ({
      ...versionView(policy, version, createdAt),
      Document: encodedPolicy(document),
    })),
  };
}
