// ListGrants: this server makes none, so there are none.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';

export default operation<KmsApi, Keys>()('kms', 'ListGrants', {
  action: 'kms:ListGrants',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    await authorizedKey(keys, ctx, 'kms:ListGrants', input.KeyId);
    return { Grants: [], Truncated: false };
  },
});
