// ListAliases: in name order; with KeyId those of one key.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import { readKeyName } from '../key-name.ts';
import { aliasArn, SSM_ALIAS } from '../key.ts';
import * as store from '../store.ts';
import { afterMark, pageOf } from '../use.ts';

const PAGE = 50;

export default operation<KmsApi, Keys>()('kms', 'ListAliases', {
  action: 'kms:ListAliases',
  audit: 'read',

  resources: () => ['*'],

  async handle(keys, ctx, input) {
    const after = afterMark(keys, 'ListAliases', ctx, input.Marker);
    const limit = input.Limit ?? PAGE;
    await keys.ring.target(ctx, { kind: 'alias', scope: ctx, name: SSM_ALIAS });
    const keyId = input.KeyId === undefined ? undefined : await ownKeyId(keys, ctx, input.KeyId);
    const found = await keys.database.read((tx) => store.listAliases(tx, ctx, keyId, after, limit + 1));
    const { page, rest } = pageOf(keys, 'ListAliases', ctx, found, limit, ({ name }) => name);
    return {
      Aliases: page.map((alias) => ({
        AliasName: alias.name,
        AliasArn: aliasArn(ctx, alias.name),
        TargetKeyId: alias.keyId,
        CreationDate: alias.createdAt,
        LastUpdatedDate: alias.updatedAt,
      })),
      ...rest,
    };
  },
});

async function ownKeyId(
  keys: Keys,
  ctx: RequestContext<'InvalidArnException' | 'NotFoundException'>,
  given: string,
): Promise<string> {
  const name = readKeyName(ctx, given);
  if (name.kind === 'alias') return ctx.fail('InvalidArnException', `Invalid arn ${given}`);
  // Aliases lie in the account of their key: whether another account's is there is not looked up.
  if (name.scope.account !== ctx.account) return ctx.fail('NotFoundException', `Invalid arn ${given}`);
  return (await keys.ring.get(ctx, given)).key.keyId;
}
