// GetResourcePolicies: of a parameter; there is one at most.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { ownKeyOf, refuseMissing, sharedResourceOf } from '../sharing/sharing.ts';
import { findResourcePolicy } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'GetResourcePolicies', {
  action: 'ssm:GetResourcePolicies',
  audit: 'read',
  resources: (input, scope) => [sharedResourceOf(scope, input.ResourceArn)],
  async handle(domain, ctx, input) {
    const key = ownKeyOf(ctx, input.ResourceArn);
    return domain.database.read(async (tx) => {
      if ((await store.findParameter(tx, ctx, key)) === undefined) return refuseMissing(input.ResourceArn);
      const policy = await findResourcePolicy(tx, ctx, key);
      return {
        Policies: policy === undefined ? [] : [{ PolicyId: policy.id, PolicyHash: policy.hash, Policy: policy.text }],
      };
    });
  },
});
