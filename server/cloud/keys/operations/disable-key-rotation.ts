// DisableKeyRotation.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey } from '../access.ts';
import { requireRotatable, requireUsableKey } from '../service.ts';

export default operation<KmsApi, Keys>()('kms', 'DisableKeyRotation', {
  action: 'kms:DisableKeyRotation',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    await changeKey(keys, ctx, 'kms:DisableKeyRotation', input.KeyId, (key) => {
      requireRotatable(key);
      requireUsableKey(key);
      return { ...key, rotationDays: undefined, rotationAt: undefined };
    });
    return {};
  },
});
