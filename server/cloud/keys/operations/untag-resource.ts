// UntagResource.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';
import { TAGGED_AS } from '../domain.ts';
import { requireTagKeys } from '../tag.ts';

export default operation<KmsApi, Keys>()('kms', 'UntagResource', {
  action: 'kms:UntagResource',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireTagKeys(input.TagKeys);
    await changeKey(keys, ctx, 'kms:UntagResource', input.KeyId, async (key, tx) => {
      requireChangeable(key);
      await keys.tags.remove(tx, key, TAGGED_AS, key.keyId, input.TagKeys);
      return key;
    });
    return {};
  },
});
