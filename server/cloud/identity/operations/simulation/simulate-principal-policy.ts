// SimulatePrincipalPolicy: what the policies of a user, a group or a role would decide, with policies added or left out.
import { iamRead } from '../../iam-operation.ts';
import { excluding, knownKeys, requirePolicySource } from '../../decisions/policy-source.ts';
import { answerSimulation, numbered } from '../../decisions/simulation.ts';

export default iamRead('SimulatePrincipalPolicy', {
  about: ({ PolicySourceArn: arn }) => [{ arn }],
  async read({ tx, ctx, account }, input) {
    const source = await requirePolicySource({ tx, account, ctx }, input.PolicySourceArn);
    const { kind, policies } = source;
    if (input.ResourcePolicy !== undefined && kind !== 'user' && input.CallerArn === undefined)
      ctx.fail('InvalidInput', 'CallerArn is required with a ResourcePolicy unless PolicySourceArn is that of a user.');
    const { identity, boundary } = excluding(policies, input.PolicyExclusionList);
    const subject = {
      identity: [...identity, ...numbered('PolicyInputList', input.PolicyInputList)],
      boundary,
      arn: policies.arn,
      keys: knownKeys(source, account),
    };
    return answerSimulation(ctx, subject, input);
  },
});
