// PutResourcePolicy: shares an advanced parameter with other accounts. One policy a parameter; a change names the one that it replaces.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { parameterArn } from '../name.ts';
import { hashOf, ownKeyOf, readResourcePolicy, refuseMissing, sharedResourceOf } from '../sharing/sharing.ts';
import { findResourcePolicy, putResourcePolicy } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'PutResourcePolicy', {
  action: 'ssm:PutResourcePolicy',
  audit: 'write',
  resources: (input, scope) => [sharedResourceOf(scope, input.ResourceArn)],
  async handle(domain, ctx, input) {
    const key = ownKeyOf(ctx, input.ResourceArn);
    const arn = parameterArn(ctx, key);
    const grantees = readResourcePolicy(input.Policy, arn);
    const id = input.PolicyId ?? domain.ids.uuid();
    const hash = hashOf(input.Policy);
    await domain.database.write('parameters.put-resource-policy', async (tx) => {
      const parameter = await store.findParameter(tx, ctx, key);
      if (parameter === undefined) return refuseMissing(arn);
      if (parameter.tier !== 'Advanced')
        ctx.fail(
          'ResourcePolicyInvalidParameterException',
          'Only parameters of the advanced tier can be shared. Put the parameter again with the tier Advanced.',
          {
            members: { ParameterNames: ['ResourceArn'] },
          },
        );
      const existing = await findResourcePolicy(tx, ctx, key);
      if (input.PolicyId === undefined && existing !== undefined)
        ctx.fail(
          'ResourcePolicyLimitExceededException',
          'Only one policy can be attached to a parameter. Name its PolicyId and PolicyHash to change it.',
          {
            members: { Limit: 1, LimitType: 'PolicyCount' },
          },
        );
      if (input.PolicyId !== undefined && existing?.id !== input.PolicyId)
        ctx.fail('ResourcePolicyNotFoundException', 'No policies with the specified policy ID and hash could be found.');
      if (input.PolicyId !== undefined && existing?.hash !== input.PolicyHash)
        ctx.fail('ResourcePolicyConflictException', "The hash provided in the call doesn't match the stored hash.");
      await putResourcePolicy(tx, ctx, key, { id, hash, text: input.Policy }, grantees);
      await ctx.journal(tx, [arn]);
    });
    return { PolicyId: id, PolicyHash: hash };
  },
});
