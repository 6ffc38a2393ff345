// GetKeyPolicy: there is one, `default`.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { POLICY_NAME } from '../policy.ts';

export default operation<KmsApi, Keys>()('kms', 'GetKeyPolicy', {
  action: 'kms:GetKeyPolicy',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const { key } = await authorizedKey(keys, ctx, 'kms:GetKeyPolicy', input.KeyId);
    if (input.PolicyName !== undefined && input.PolicyName !== POLICY_NAME)
      ctx.fail('NotFoundException', 'No such policy exists');
    return { Policy: key.policy, PolicyName: POLICY_NAME };
  },
});
