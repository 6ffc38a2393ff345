// ListKeyPolicies: there is one, `default`.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { POLICY_NAME } from '../policy.ts';

export default operation<KmsApi, Keys>()('kms', 'ListKeyPolicies', {
  action: 'kms:ListKeyPolicies',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    await authorizedKey(keys, ctx, 'kms:ListKeyPolicies', input.KeyId);
    return { PolicyNames: [POLICY_NAME], Truncated: false };
  },
});
