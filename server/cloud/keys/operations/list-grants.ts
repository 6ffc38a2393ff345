// ListGrants: those of one key, in the order of their ids; with GrantId or GranteePrincipal those alone.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { entryOf } from '../grants/grant.ts';
import { requireGrantId, requirePrincipal } from '../grants/grant-input.ts';
import { listGrants } from '../grants/grant-store.ts';
import { afterMark, grantsPage, pageOf } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'ListGrants', {
  action: 'kms:ListGrants',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: () => ({ 'kms:GrantIsForAWSResource': 'false' }),

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const grantId = input.GrantId === undefined ? undefined : requireGrantId(input.GrantId);
    const grantee = input.GranteePrincipal === undefined ? undefined : requirePrincipal(input.GranteePrincipal);
    const { key } = await authorizedKey(keys, ctx, 'kms:ListGrants', input.KeyId);
    const after = afterMark(keys, 'ListGrants', ctx, input.Marker);
    const limit = grantsPage(input.Limit);
    // No service has grants here.
    const found =
      input.GranteeServicePrincipal === undefined
        ? await keys.database.read((tx) => listGrants(tx, key, { grantId, grantee }, after, limit + 1))
        : [];
    const { page, rest } = pageOf(keys, 'ListGrants', ctx, found, limit, (grant) => grant.grantId);
    return { Grants: page.map(entryOf), ...rest };
  },
});
