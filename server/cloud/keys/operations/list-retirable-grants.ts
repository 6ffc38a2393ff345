// ListRetirableGrants: those that a principal of the account may retire because they name it, of any key in the region.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import { entryOf } from '../grants/grant.ts';
import { requirePrincipal } from '../grants/grant-input.ts';
import { retirableGrants } from '../grants/grant-store.ts';
import { afterMark, grantsPage, pageOf } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'ListRetirableGrants', {
  action: 'kms:ListRetirableGrants',
  audit: 'read',

  resources: () => ['*'],

  async handle(keys, ctx, input) {
    if (input.RetiringServicePrincipal !== undefined)
      ctx.fail(
        'ValidationException',
        'RetiringServicePrincipal: no service of this server takes grants. Name a RetiringPrincipal.',
      );
    const given = input.RetiringPrincipal ?? ctx.fail('ValidationException', 'RetiringPrincipal is required: an ARN.');
    const retiring = requirePrincipal(given);
    if (retiring.split(':')[4] !== ctx.account)
      ctx.fail('InvalidArnException', `RetiringPrincipal: ${retiring} is no principal of account ${ctx.account}, which asks.`);
    const after = afterMark(keys, 'ListRetirableGrants', ctx, input.Marker);
    const limit = grantsPage(input.Limit);
    const found = await keys.database.read((tx) => retirableGrants(tx, ctx.region, retiring, after, limit + 1));
    const { page, rest } = pageOf(keys, 'ListRetirableGrants', ctx, found, limit, (grant) => grant.grantId);
    return { Grants: page.map(entryOf), ...rest };
  },
});
