// DeleteResourcePolicy: the parameter is the own account's alone again.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { parameterArn } from '../name.ts';
import { ownKeyOf, refuseMissing, sharedResourceOf } from '../sharing/sharing.ts';
import { deleteResourcePolicy, findResourcePolicy } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'DeleteResourcePolicy', {
  action: 'ssm:DeleteResourcePolicy',
  audit: 'write',
  resources: (input, scope) => [sharedResourceOf(scope, input.ResourceArn)],
  async handle(domain, ctx, input) {
    const key = ownKeyOf(ctx, input.ResourceArn);
    await domain.database.write('parameters.delete-resource-policy', async (tx) => {
      if ((await store.findParameter(tx, ctx, key)) === undefined) refuseMissing(input.ResourceArn);
      const policy = await findResourcePolicy(tx, ctx, key);
      if (policy === undefined || policy.id !== input.PolicyId)
        return ctx.fail('ResourcePolicyNotFoundException', 'No policies with the specified policy ID and hash could be found.');
      if (policy.hash !== input.PolicyHash)
        ctx.fail('ResourcePolicyConflictException', "The hash provided in the call doesn't match the stored hash.");
      await deleteResourcePolicy(tx, ctx, key);
      await ctx.journal(tx, [parameterArn(ctx, key)]);
    });
    return {};
  },
});
