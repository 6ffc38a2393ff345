// CreatePolicyVersion: at most five live at once; their numbers are never used again.
import { policyCharacters, requirePolicy } from '../../policies/documents.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { MANAGED_POLICY_CHARACTERS_MAX, VERSIONS_PER_POLICY_MAX } from '../../limits.ts';
import { insertVersion, listVersions } from '../../policies/policy-store.ts';
import { requireOwnPolicy } from '../../entities/require.ts';
import { versionView } from '../../entities/views.ts';

export default iamChange('CreatePolicyVersion', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn, PolicyDocument, SetAsDefault }) {
    const { tx, ctx, account } = call;
    const policy = await requireOwnPolicy(call, PolicyArn);
    requirePolicy(ctx, PolicyDocument, 'identity');
    if (policyCharacters(PolicyDocument) > MANAGED_POLICY_CHARACTERS_MAX)
      ctx.fail('LimitExceeded', `Cannot exceed quota for PolicySize: ${MANAGED_POLICY_CHARACTERS_MAX}`);
    if ((await listVersions(tx, account, policy.id)).length >= VERSIONS_PER_POLICY_MAX)
      ctx.fail(
        'LimitExceeded',
        `A managed policy can have up to ${VERSIONS_PER_POLICY_MAX} versions. Before you create a new version, you must delete an existing version.`,
      );
    const version = (policy.lastVersion ?? 1) + 1;
    const defaultVersion = SetAsDefault === true ? version : policy.defaultVersion;
    const changed = { ...policy, lastVersion: version, defaultVersion, updatedAt: ctx.now };
    await insertVersion(tx, account, {
      policy_id: policy.id,
      version,
      document: PolicyDocument,
      created_at: ctx.now.getTime(),
    });
    await updateEntity(tx, account, changed);
    return { PolicyVersion: versionView(changed, version, ctx.now) };
  },
});
