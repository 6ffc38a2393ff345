// DisableKey: what was encrypted under it cannot be read until it is enabled again.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';

export default operation<KmsApi, Keys>()('kms', 'DisableKey', {
  action: 'kms:DisableKey',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    await changeKey(keys, ctx, 'kms:DisableKey', input.KeyId, (key) => {
      requireChangeable(key);
      return { ...key, state: 'Disabled' };
    });
    return {};
  },
});
