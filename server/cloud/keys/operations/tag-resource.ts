// TagResource.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';
import { TAGGED_AS } from '../domain.ts';
import { readTags, requireRoom, tagConditions } from '../tag.ts';

export default operation<KmsApi, Keys>()('kms', 'TagResource', {
  action: 'kms:TagResource',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: ({ Tags: tags }) => tagConditions(tags),
  async handle(keys, ctx, input) {
    const tags = readTags(input.Tags);
    await changeKey(keys, ctx, 'kms:TagResource', input.KeyId, async (key, tx) => {
      requireChangeable(key);
      await requireRoom(keys, tx, key, tags);
      await keys.tags.add(tx, key, TAGGED_AS, key.keyId, tags);
      return key;
    });
    return {};
  },
});
