// ListResourceTags: a key has at most 50, all of them are one page.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { TAGGED_AS } from '../domain.ts';
import { afterMark, pageOf } from '../use.ts';

const PAGE = 50;

export default operation<KmsApi, Keys>()('kms', 'ListResourceTags', {
  action: 'kms:ListResourceTags',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const { key } = await authorizedKey(keys, ctx, 'kms:ListResourceTags', input.KeyId);
    const after = afterMark(keys, 'ListResourceTags', ctx, input.Marker);
    const all = await keys.database.read((tx) => keys.tags.list(tx, key, TAGGED_AS, key.keyId));
    const found = all.filter(({ Key: name }) => name > after);
    const { page, rest } = pageOf(keys, 'ListResourceTags', ctx, found, input.Limit ?? PAGE, ({ Key: name }) => name);
    return { Tags: page.map(({ Key: name, Value: value }) => ({ TagKey: name, TagValue: value })), ...rest };
  },
});
