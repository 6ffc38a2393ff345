// The public face of the identity domain, and the list of its operations.
import { bindOperations } from '../../platform/api/operation.ts';
import type { AnyOperation, BoundOperation } from '../../platform/api/operation.ts';
import { createIdentityDomain } from './identity.ts';
import type { IdentityDomain, IdentityOptions } from './identity.ts';
import assumeRoleWithWebIdentity from './operations/assume-role-with-web-identity.ts';
import assumeRole from './operations/assume-role.ts';
import getAccessKeyInfo from './operations/get-access-key-info.ts';
import getCallerIdentity from './operations/get-caller-identity.ts';
import getSessionToken from './operations/get-session-token.ts';
import createAccessKey from './operations/access-keys/create-access-key.ts';
import deleteAccessKey from './operations/access-keys/delete-access-key.ts';
import getAccessKeyLastUsed from './operations/access-keys/get-access-key-last-used.ts';
import listAccessKeys from './operations/access-keys/list-access-keys.ts';
import updateAccessKey from './operations/access-keys/update-access-key.ts';
import createAccountAlias from './operations/account/create-account-alias.ts';
import deleteAccountAlias from './operations/account/delete-account-alias.ts';
import getAccountSummary from './operations/account/get-account-summary.ts';
import listAccountAliases from './operations/account/list-account-aliases.ts';
import attachGroupPolicy from './operations/attachments/attach-group-policy.ts';
import attachRolePolicy from './operations/attachments/attach-role-policy.ts';
import attachUserPolicy from './operations/attachments/attach-user-policy.ts';
import detachGroupPolicy from './operations/attachments/detach-group-policy.ts';
import detachRolePolicy from './operations/attachments/detach-role-policy.ts';
import detachUserPolicy from './operations/attachments/detach-user-policy.ts';
import listAttachedGroupPolicies from './operations/attachments/list-attached-group-policies.ts';
import listAttachedRolePolicies from './operations/attachments/list-attached-role-policies.ts';
import listAttachedUserPolicies from './operations/attachments/list-attached-user-policies.ts';
import deleteRolePermissionsBoundary from './operations/boundaries/delete-role-permissions-boundary.ts';
import deleteUserPermissionsBoundary from './operations/boundaries/delete-user-permissions-boundary.ts';
import putRolePermissionsBoundary from './operations/boundaries/put-role-permissions-boundary.ts';
import putUserPermissionsBoundary from './operations/boundaries/put-user-permissions-boundary.ts';
import addUserToGroup from './operations/groups/add-user-to-group.ts';
import createGroup from './operations/groups/create-group.ts';
import deleteGroup from './operations/groups/delete-group.ts';
import getGroup from './operations/groups/get-group.ts';
import listGroups from './operations/groups/list-groups.ts';
import listGroupsForUser from './operations/groups/list-groups-for-user.ts';
import removeUserFromGroup from './operations/groups/remove-user-from-group.ts';
import updateGroup from './operations/groups/update-group.ts';
import deleteGroupPolicy from './operations/inline-policies/delete-group-policy.ts';
import deleteRolePolicy from './operations/inline-policies/delete-role-policy.ts';
import deleteUserPolicy from './operations/inline-policies/delete-user-policy.ts';
import getGroupPolicy from './operations/inline-policies/get-group-policy.ts';
import getRolePolicy from './operations/inline-policies/get-role-policy.ts';
import getUserPolicy from './operations/inline-policies/get-user-policy.ts';
import listGroupPolicies from './operations/inline-policies/list-group-policies.ts';
import listRolePolicies from './operations/inline-policies/list-role-policies.ts';
import listUserPolicies from './operations/inline-policies/list-user-policies.ts';
import putGroupPolicy from './operations/inline-policies/put-group-policy.ts';
import putRolePolicy from './operations/inline-policies/put-role-policy.ts';
import putUserPolicy from './operations/inline-policies/put-user-policy.ts';
import addRoleToInstanceProfile from './operations/instance-profiles/add-role-to-instance-profile.ts';
import createInstanceProfile from './operations/instance-profiles/create-instance-profile.ts';
import deleteInstanceProfile from './operations/instance-profiles/delete-instance-profile.ts';
import getInstanceProfile from './operations/instance-profiles/get-instance-profile.ts';
import listInstanceProfiles from './operations/instance-profiles/list-instance-profiles.ts';
import listInstanceProfilesForRole from './operations/instance-profiles/list-instance-profiles-for-role.ts';
import removeRoleFromInstanceProfile from './operations/instance-profiles/remove-role-from-instance-profile.ts';
import createPolicy from './operations/policies/create-policy.ts';
import createPolicyVersion from './operations/policies/create-policy-version.ts';
import deletePolicy from './operations/policies/delete-policy.ts';
import deletePolicyVersion from './operations/policies/delete-policy-version.ts';
import getPolicy from './operations/policies/get-policy.ts';
import getPolicyVersion from './operations/policies/get-policy-version.ts';
import listEntitiesForPolicy from './operations/policies/list-entities-for-policy.ts';
import listPolicies from './operations/policies/list-policies.ts';
import listPolicyTags from './operations/policies/list-policy-tags.ts';
import listPolicyVersions from './operations/policies/list-policy-versions.ts';
import setDefaultPolicyVersion from './operations/policies/set-default-policy-version.ts';
import tagPolicy from './operations/policies/tag-policy.ts';
import untagPolicy from './operations/policies/untag-policy.ts';
import addClientIDToOpenIDConnectProvider from './operations/providers/add-client-id-to-open-id-connect-provider.ts';
import createOpenIDConnectProvider from './operations/providers/create-open-id-connect-provider.ts';
import deleteOpenIDConnectProvider from './operations/providers/delete-open-id-connect-provider.ts';
import getOpenIDConnectProvider from './operations/providers/get-open-id-connect-provider.ts';
import listOpenIDConnectProviders from './operations/providers/list-open-id-connect-providers.ts';
import removeClientIDFromOpenIDConnectProvider from './operations/providers/remove-client-id-from-open-id-connect-provider.ts';
import updateOpenIDConnectProviderThumbprint from './operations/providers/update-open-id-connect-provider-thumbprint.ts';
import deleteLoginProfile from './operations/credentials/delete-login-profile.ts';
import getLoginProfile from './operations/credentials/get-login-profile.ts';
import listMFADevices from './operations/credentials/list-mfa-devices.ts';
import listServiceSpecificCredentials from './operations/credentials/list-service-specific-credentials.ts';
import listSigningCertificates from './operations/credentials/list-signing-certificates.ts';
import listSSHPublicKeys from './operations/credentials/list-ssh-public-keys.ts';
import listVirtualMFADevices from './operations/credentials/list-virtual-mfa-devices.ts';
import listInstanceProfileTags from './operations/instance-profiles/list-instance-profile-tags.ts';
import tagInstanceProfile from './operations/instance-profiles/tag-instance-profile.ts';
import untagInstanceProfile from './operations/instance-profiles/untag-instance-profile.ts';
import listOpenIDConnectProviderTags from './operations/providers/list-open-id-connect-provider-tags.ts';
import tagOpenIDConnectProvider from './operations/providers/tag-open-id-connect-provider.ts';
import untagOpenIDConnectProvider from './operations/providers/untag-open-id-connect-provider.ts';
import generateCredentialReport from './operations/reports/generate-credential-report.ts';
import getAccountAuthorizationDetails from './operations/reports/get-account-authorization-details.ts';
import getCredentialReport from './operations/reports/get-credential-report.ts';
import createRole from './operations/roles/create-role.ts';
import createServiceLinkedRole from './operations/roles/create-service-linked-role.ts';
import deleteRole from './operations/roles/delete-role.ts';
import deleteServiceLinkedRole from './operations/roles/delete-service-linked-role.ts';
import getRole from './operations/roles/get-role.ts';
import getServiceLinkedRoleDeletionStatus from './operations/roles/get-service-linked-role-deletion-status.ts';
import listRoleTags from './operations/roles/list-role-tags.ts';
import listRoles from './operations/roles/list-roles.ts';
import tagRole from './operations/roles/tag-role.ts';
import untagRole from './operations/roles/untag-role.ts';
import updateAssumeRolePolicy from './operations/roles/update-assume-role-policy.ts';
import updateRole from './operations/roles/update-role.ts';
import updateRoleDescription from './operations/roles/update-role-description.ts';
import explainAccess from './operations/simulation/explain-access.ts';
import getContextKeysForCustomPolicy from './operations/simulation/get-context-keys-for-custom-policy.ts';
import getContextKeysForPrincipalPolicy from './operations/simulation/get-context-keys-for-principal-policy.ts';
import simulateCustomPolicy from './operations/simulation/simulate-custom-policy.ts';
import simulatePrincipalPolicy from './operations/simulation/simulate-principal-policy.ts';
import createUser from './operations/users/create-user.ts';
import deleteUser from './operations/users/delete-user.ts';
import getUser from './operations/users/get-user.ts';
import listUserTags from './operations/users/list-user-tags.ts';
import listUsers from './operations/users/list-users.ts';
import tagUser from './operations/users/tag-user.ts';
import untagUser from './operations/users/untag-user.ts';
import updateUser from './operations/users/update-user.ts';

export { sealedSecrets } from './access-keys/access-keys.ts';
export type { AdministratorKey } from './access-keys/access-keys.ts';
export type { ResourceKeys, ResourceTags } from './decisions/lookups.ts';
export { writeCredentialsFile } from './access-keys/credentials-file.ts';
export { NODE_CREDENTIALS_SECONDS } from './identity.ts';
export type { IdentityOptions } from './identity.ts';
export { migrations } from './migrations/index.ts';
export type { NodeCredentials, NodeCredentialsRequest } from './sessions/node-credentials.ts';
export { whyNotResourcePolicy } from './decisions/resource-policies.ts';
export { NODE_ROLE, nodeRoleArn } from './entities/roles.ts';

export const operations: readonly AnyOperation<IdentityDomain>[] = [
  createAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
  listAccessKeys,
  updateAccessKey,
  createAccountAlias,
  deleteAccountAlias,
  getAccountSummary,
  listAccountAliases,
  attachGroupPolicy,
  attachRolePolicy,
  attachUserPolicy,
  detachGroupPolicy,
  detachRolePolicy,
  detachUserPolicy,
  listAttachedGroupPolicies,
  listAttachedRolePolicies,
  listAttachedUserPolicies,
  deleteRolePermissionsBoundary,
  deleteUserPermissionsBoundary,
  putRolePermissionsBoundary,
  putUserPermissionsBoundary,
  addUserToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupsForUser,
  removeUserFromGroup,
  updateGroup,
  deleteGroupPolicy,
  deleteRolePolicy,
  deleteUserPolicy,
  getGroupPolicy,
  getRolePolicy,
  getUserPolicy,
  listGroupPolicies,
  listRolePolicies,
  listUserPolicies,
  putGroupPolicy,
  putRolePolicy,
  putUserPolicy,
  addRoleToInstanceProfile,
  createInstanceProfile,
  deleteInstanceProfile,
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  removeRoleFromInstanceProfile,
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  getPolicy,
  getPolicyVersion,
  listEntitiesForPolicy,
  listPolicies,
  listPolicyTags,
  listPolicyVersions,
  setDefaultPolicyVersion,
  tagPolicy,
  untagPolicy,
  addClientIDToOpenIDConnectProvider,
  createOpenIDConnectProvider,
  deleteOpenIDConnectProvider,
  getOpenIDConnectProvider,
  listOpenIDConnectProviders,
  removeClientIDFromOpenIDConnectProvider,
  updateOpenIDConnectProviderThumbprint,
  deleteLoginProfile,
  getLoginProfile,
  listMFADevices,
  listServiceSpecificCredentials,
  listSigningCertificates,
  listSSHPublicKeys,
  listVirtualMFADevices,
  listInstanceProfileTags,
  tagInstanceProfile,
  untagInstanceProfile,
  listOpenIDConnectProviderTags,
  tagOpenIDConnectProvider,
  untagOpenIDConnectProvider,
  generateCredentialReport,
  getAccountAuthorizationDetails,
  getCredentialReport,
  createRole,
  createServiceLinkedRole,
  deleteRole,
  deleteServiceLinkedRole,
  getRole,
  getServiceLinkedRoleDeletionStatus,
  listRoleTags,
  listRoles,
  tagRole,
  untagRole,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
  explainAccess,
  getContextKeysForCustomPolicy,
  getContextKeysForPrincipalPolicy,
  simulateCustomPolicy,
  simulatePrincipalPolicy,
  createUser,
  deleteUser,
  getUser,
  listUserTags,
  listUsers,
  tagUser,
  untagUser,
  updateUser,
  assumeRole,
  assumeRoleWithWebIdentity,
  getAccessKeyInfo,
  getCallerIdentity,
  getSessionToken,
];

export interface Identity extends IdentityDomain {
  readonly operations: readonly BoundOperation[];
}

export function createIdentity(options: IdentityOptions): Identity {
  const domain = createIdentityDomain(options);
  return { ...domain, operations: bindOperations(domain, operations) };
}
