// DeletePolicyVersion: any but the default.
import { iamChange } from '../../iam-operation.ts';
import { deleteVersion } from '../../policies/policy-store.ts';
import { findVersion } from '../../policies/policy-versions.ts';
import { requireOwnPolicy } from '../../entities/require.ts';

export default iamChange('DeletePolicyVersion', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn, VersionId }) {
    const { tx, ctx, account } = call;
    const policy = await requireOwnPolicy(call, PolicyArn);
    const { version } = await findVersion(call, policy, PolicyArn, VersionId);
    if (version === policy.defaultVersion) ctx.fail('DeleteConflict', 'Cannot delete the default version of a policy.');
    await deleteVersion(tx, account, policy.id, version);
  },
});
