// GetPolicy: with what uses it.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { usesOfPolicies } from '../../policies/policy-uses.ts';
import { requirePolicyByArn } from '../../entities/require.ts';
import { policyView } from '../../entities/views.ts';

export default iamRead('GetPolicy', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async read(call, { PolicyArn }) {
    const { tx, account } = call;
    const policy = await requirePolicyByArn(call, PolicyArn);
    const uses = (await usesOfPolicies(tx, account, [PolicyArn])).get(PolicyArn);
    const view = policyView(account, policy, uses, await tagsOf(tx, account, policy.id));
    return { Policy: { ...view, Description: policy.description } };
  },
});
