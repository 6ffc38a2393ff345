// DeletePolicy: when nothing uses it, and its default version is its only one.
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { listVersions } from '../../policies/policy-store.ts';
import { usesOfPolicies } from '../../policies/policy-uses.ts';
import { requireOwnPolicy } from '../../entities/require.ts';

export default iamChange('DeletePolicy', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn }) {
    const { tx, ctx, account } = call;
    const policy = await requireOwnPolicy(call, PolicyArn);
    const uses = (await usesOfPolicies(tx, account, [PolicyArn])).get(PolicyArn);
    if (uses !== undefined && uses.attached + uses.boundary > 0)
      ctx.fail('DeleteConflict', 'Cannot delete a policy attached to entities.');
    if ((await listVersions(tx, account, policy.id)).length > 1)
      ctx.fail(
        'DeleteConflict',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    await deleteEntity(tx, account, policy);
  },
});
