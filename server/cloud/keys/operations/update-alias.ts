// UpdateAlias: allowed on the alias, on the key that it leaves, and on the one that it comes to.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireChangeable, requireOwn } from '../access.ts';
import { isReserved, requireAliasName } from '../alias-name.ts';
import { aliasArn, ALIASES_PER_KEY_MAX, keyArn } from '../key.ts';
import { readKeyName } from '../key-name.ts';
import * as store from '../store.ts';

export default operation<KmsApi, Keys>()('kms', 'UpdateAlias', {
  action: 'kms:UpdateAlias',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.AliasName)],

  async handle(keys, ctx, input) {
    const { AliasName: name, TargetKeyId: target } = input;
    requireAliasName(name);
    if (readKeyName(ctx, target).kind === 'alias') ctx.fail('ValidationException', 'Aliases must refer to keys. Not aliases');
    const arn = aliasArn(ctx, name);
    await ctx.authorize('kms:UpdateAlias', arn);
    if (isReserved(name)) ctx.fail('ValidationException', 'Alias names that begin with alias/aws/ are reserved.');
    const before = await authorizedKey(keys, ctx, 'kms:UpdateAlias', arn);
    const { key } = await authorizedKey(keys, ctx, 'kms:UpdateAlias', target);
    requireOwn(ctx, 'kms:UpdateAlias', key);
    await keys.database.write('keys.update-alias', async (tx) => {
      const alias = (await store.findAlias(tx, ctx, name)) ?? ctx.fail('NotFoundException', `Alias ${arn} is not found.`);
      requireChangeable((await store.findKey(tx, key, key.keyId)) ?? key);
      const others = await store.listAliases(tx, ctx, key.keyId, '', ALIASES_PER_KEY_MAX);
      if (alias.keyId !== key.keyId && others.length >= ALIASES_PER_KEY_MAX)
        ctx.fail('LimitExceededException', `A key can have at most ${ALIASES_PER_KEY_MAX} aliases.`);
      await store.updateAlias(tx, ctx, { ...alias, keyId: key.keyId, updatedAt: ctx.now });
      await ctx.journal(tx, [arn, keyArn(before.key, before.key.keyId), keyArn(key, key.keyId)]);
    });
    keys.ring.forgetAlias(ctx, name);
    return {};
  },
});
