// RevokeGrant: takes what a grant gave, whoever made it. It ends at once.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, endGrant, requireNoAlias } from '../access.ts';
import { requireGrantId } from '../grants/grant-input.ts';

export default operation<KmsApi, Keys>()('kms', 'RevokeGrant', {
  action: 'kms:RevokeGrant',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: () => ({ 'kms:GrantIsForAWSResource': 'false' }),

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const grantId = requireGrantId(input.GrantId);
    const { key } = await authorizedKey(keys, ctx, 'kms:RevokeGrant', input.KeyId);
    await endGrant(keys, ctx, 'keys.revoke-grant', { ...key, grantId }, input);
    return {};
  },
});
