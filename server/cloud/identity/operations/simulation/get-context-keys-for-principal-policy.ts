// GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, a group or a role ask for.
import { iamRead } from '../../iam-operation.ts';
import { requirePolicySource } from '../../decisions/policy-source.ts';
import { contextKeys, numbered } from '../../decisions/simulation.ts';

export default iamRead('GetContextKeysForPrincipalPolicy', {
  about: ({ PolicySourceArn: arn }) => [{ arn }],
  async read({ tx, ctx, account }, input) {
    const { policies } = await requirePolicySource({ tx, account, ctx }, input.PolicySourceArn);
    return contextKeys(ctx, [...policies.identity, ...numbered('PolicyInputList', input.PolicyInputList)]);
  },
});
