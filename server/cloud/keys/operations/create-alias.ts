// CreateAlias: allowed on the alias and on the key.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireChangeable, requireOwn } from '../access.ts';
import { isReserved, requireAliasName } from '../alias-name.ts';
import { aliasArn, ALIASES_PER_KEY_MAX, keyArn } from '../key.ts';
import { readKeyName } from '../key-name.ts';
import * as store from '../store.ts';

export default operation<KmsApi, Keys>()('kms', 'CreateAlias', {
  action: 'kms:CreateAlias',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.AliasName)],

  async handle(keys, ctx, input) {
    const { AliasName: name, TargetKeyId: target } = input;
    requireAliasName(name);
    if (readKeyName(ctx, target).kind === 'alias') ctx.fail('ValidationException', 'Aliases must refer to keys. Not aliases');
    await ctx.authorize('kms:CreateAlias', aliasArn(ctx, name));
    if (isReserved(name)) ctx.fail('InvalidAliasNameException', 'Alias names that begin with alias/aws/ are reserved.');
    const { key } = await authorizedKey(keys, ctx, 'kms:CreateAlias', target);
    requireOwn(ctx, 'kms:CreateAlias', key);
    await keys.database.write('keys.create-alias', async (tx) => {
      requireChangeable((await store.findKey(tx, key, key.keyId)) ?? key);
      if ((await store.listAliases(tx, ctx, key.keyId, '', ALIASES_PER_KEY_MAX)).length >= ALIASES_PER_KEY_MAX)
        ctx.fail('LimitExceededException', `A key can have at most ${ALIASES_PER_KEY_MAX} aliases.`);
      if (!(await store.insertAlias(tx, ctx, { name, keyId: key.keyId, createdAt: ctx.now, updatedAt: ctx.now })))
        ctx.fail('AlreadyExistsException', `An alias with the name ${aliasArn(ctx, name)} already exists`);
      await ctx.journal(tx, [aliasArn(ctx, name), keyArn(key, key.keyId)]);
    });
    keys.ring.forgetAlias(ctx, name);
    return {};
  },
});
