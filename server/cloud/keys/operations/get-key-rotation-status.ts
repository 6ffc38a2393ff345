// GetKeyRotationStatus.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { keyArn } from '../key.ts';
import { requireRotatable } from '../service.ts';

export default operation<KmsApi, Keys>()('kms', 'GetKeyRotationStatus', {
  action: 'kms:GetKeyRotationStatus',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const { key } = await authorizedKey(keys, ctx, 'kms:GetKeyRotationStatus', input.KeyId);
    requireRotatable(key);
    return {
      KeyRotationEnabled: key.rotationDays !== undefined && key.state !== 'PendingDeletion',
      KeyId: keyArn(key, key.keyId),
      RotationPeriodInDays: key.rotationDays,
      NextRotationDate: key.rotationAt,
    };
  },
});
