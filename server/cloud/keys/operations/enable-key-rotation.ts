// EnableKeyRotation: a new version of the material every so many days; the keeper makes it.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey } from '../access.ts';
import { DAY_MS } from '../key.ts';
import { requireRotatable, requireUsableKey } from '../service.ts';

const DAYS_DEFAULT = 365;

export default operation<KmsApi, Keys>()('kms', 'EnableKeyRotation', {
  action: 'kms:EnableKeyRotation',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    await changeKey(keys, ctx, 'kms:EnableKeyRotation', input.KeyId, (key) => {
      requireRotatable(key);
      requireUsableKey(key);
      const days = input.RotationPeriodInDays ?? key.rotationDays ?? DAYS_DEFAULT;
      // Enabled again with the same period, the day stays.
      const rotationAt = days === key.rotationDays ? key.rotationAt : new Date(ctx.now.getTime() + days * DAY_MS);
      return { ...key, rotationDays: days, rotationAt };
    });
    return {};
  },
});
