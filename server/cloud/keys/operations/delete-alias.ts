// DeleteAlias: allowed on the alias and on its key. The key stays.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { isReserved, requireAliasName } from '../alias-name.ts';
import { aliasArn, keyArn } from '../key.ts';
import * as store from '../store.ts';

export default operation<KmsApi, Keys>()('kms', 'DeleteAlias', {
  action: 'kms:DeleteAlias',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.AliasName)],

  async handle(keys, ctx, input) {
    const { AliasName: name } = input;
    requireAliasName(name);
    const arn = aliasArn(ctx, name);
    await ctx.authorize('kms:DeleteAlias', arn);
    if (isReserved(name)) ctx.fail('ValidationException', 'Alias names that begin with alias/aws/ are reserved.');
    const { key } = await authorizedKey(keys, ctx, 'kms:DeleteAlias', arn);
    await keys.database.write('keys.delete-alias', async (tx) => {
      await store.deleteAlias(tx, ctx, name);
      await ctx.journal(tx, [arn, keyArn(key, key.keyId)]);
    });
    keys.ring.forgetAlias(ctx, name);
    return {};
  },
});
