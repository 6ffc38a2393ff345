// GetAccountSummary: how much there is, and how much there may be.
import { builtInEntities, type Entity } from '../../entities/entity.ts';
import { countEntities } from '../../entities/entity-store.ts';
import { iamRead } from '../../iam-operation.ts';
import {
  ATTACHED_POLICIES_MAX,
  GROUPS_PER_USER_MAX,
  INLINE_POLICY_CHARACTERS_MAX,
  KEYS_PER_USER_MAX,
  MANAGED_POLICY_CHARACTERS_MAX,
  QUOTAS,
  TRUST_POLICY_CHARACTERS_MAX,
  VERSIONS_PER_POLICY_MAX,
} from '../../limits.ts';
import { listProviders } from '../../providers/oidc-store.ts';

export default iamRead('GetAccountSummary', {
  about: () => ['*'],
  async read({ tx, account }) {
    const builtIn = (kind: Entity['kind']): number => builtInEntities(account).filter((one) => one.kind === kind).length;
    return {
      SummaryMap: {
        Users: (await countEntities(tx, account, 'user')) + builtIn('user'),
        UsersQuota: QUOTAS.user,
        Groups: await countEntities(tx, account, 'group'),
        GroupsQuota: QUOTAS.group,
        Roles: (await countEntities(tx, account, 'role')) + builtIn('role'),
        RolesQuota: QUOTAS.role,
        Policies: await countEntities(tx, account, 'policy'),
        PoliciesQuota: QUOTAS.policy,
        InstanceProfiles: await countEntities(tx, account, 'instance-profile'),
        InstanceProfilesQuota: QUOTAS['instance-profile'],
        Providers: (await listProviders(tx, account)).length,
        AccessKeysPerUserQuota: KEYS_PER_USER_MAX,
        GroupsPerUserQuota: GROUPS_PER_USER_MAX,
        VersionsPerPolicyQuota: VERSIONS_PER_POLICY_MAX,
        AttachedPoliciesPerUserQuota: ATTACHED_POLICIES_MAX,
        AttachedPoliciesPerGroupQuota: ATTACHED_POLICIES_MAX,
        AttachedPoliciesPerRoleQuota: ATTACHED_POLICIES_MAX,
        PolicySizeQuota: MANAGED_POLICY_CHARACTERS_MAX,
        UserPolicySizeQuota: INLINE_POLICY_CHARACTERS_MAX.user,
        GroupPolicySizeQuota: INLINE_POLICY_CHARACTERS_MAX.group,
        RolePolicySizeQuota: INLINE_POLICY_CHARACTERS_MAX.role,
        AssumeRolePolicySizeQuota: TRUST_POLICY_CHARACTERS_MAX,
        // There is no root with keys, and there are no second factors.
        AccountAccessKeysPresent: 0,
        AccountMFAEnabled: 0,
        MFADevices: 0,
        MFADevicesInUse: 0,
      },
    };
  },
});
