// Entities as IAM answers them. Lists leave out tags and boundaries, as AWS's do; policy documents are percent-encoded.
import type { Group, InstanceProfile, Policy, PolicyVersion, Role, User } from '../../../platform/api/models/iam.types.gen.ts';
import type { Tag } from './belongings-store.ts';
import { encodedPolicy } from '../policies/documents.ts';
import { type Entity, entityArn } from './entity.ts';

type Tags = readonly Tag[] | undefined;

/** An empty list is left out, as on AWS. */
const some = (tags: Tags): Tags => (tags === undefined || tags.length === 0 ? undefined : tags);

function boundaryView({ boundaryArn }: Entity) {
  return boundaryArn === undefined
    ? undefined
    : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const, PermissionsBoundaryArn: boundaryArn };
}

export function userView(account: string, user: Entity): User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: entityArn(account, user),
    CreateDate: user.createdAt,
  };
}

export function wholeUserView(account: string, user: Entity, tags: Tags): User {
  return { ...userView(account, user), PermissionsBoundary: boundaryView(user), Tags: some(tags) };
}

export function groupView(account: string, group: Entity): Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: entityArn(account, group),
    CreateDate: group.createdAt,
  };
}

export function roleView(account: string, role: Entity): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: entityArn(account, role),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodedPolicy(role.trustPolicy ?? ''),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

export function wholeRoleView(account: string, role: Entity, tags: Tags): Role {
  return { ...roleView(account, role), PermissionsBoundary: boundaryView(role), Tags: some(tags) };
}

export function profileView(account: string, profile: Entity, role: Entity | undefined, tags?: Tags): InstanceProfile {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: entityArn(account, profile),
    CreateDate: profile.createdAt,
    Roles: role === undefined ? [] : [roleView(account, role)],
    Tags: some(tags),
  };
}

export function policyArn(account: string, policy: Entity): string {
  return entityArn(policy.isBuiltIn ? 'aws' : account, policy);
}

interface Uses {
  readonly attached: number;
  readonly boundary: number;
}

export function policyView(account: string, policy: Entity, uses: Uses | undefined, tags?: Tags): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(account, policy),
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion ?? 1}`,
    AttachmentCount: uses?.attached ?? 0,
    PermissionsBoundaryUsageCount: uses?.boundary ?? 0,
    IsAttachable: true,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt ?? policy.createdAt,
    Tags: some(tags),
  };
}

/** A version without its text: what lists and CreatePolicyVersion answer. */
export function versionView(policy: Entity, version: number, createdAt: Date): PolicyVersion {
  return { VersionId: `v${version}`, IsDefaultVersion: version === policy.defaultVersion, CreateDate: createdAt };
}
