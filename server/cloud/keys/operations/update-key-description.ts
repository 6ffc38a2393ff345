// UpdateKeyDescription.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';

export default operation<KmsApi, Keys>()('kms', 'UpdateKeyDescription', {
  action: 'kms:UpdateKeyDescription',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    await changeKey(keys, ctx, 'kms:UpdateKeyDescription', input.KeyId, (key) => {
      requireChangeable(key);
      return { ...key, description: input.Description };
    });
    return {};
  },
});
