// SetDefaultPolicyVersion: what holds from now on, wherever the policy is attached.
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { findVersion } from '../../policies/policy-versions.ts';
import { requireOwnPolicy } from '../../entities/require.ts';

export default iamChange('SetDefaultPolicyVersion', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn, VersionId }) {
    const { tx, ctx, account } = call;
    const policy = await requireOwnPolicy(call, PolicyArn);
    const { version } = await findVersion(call, policy, PolicyArn, VersionId);
    await updateEntity(tx, account, { ...policy, defaultVersion: version, updatedAt: ctx.now });
  },
});
