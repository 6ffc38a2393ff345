// ScheduleKeyDeletion: the keeper takes the key and its material away when the days are over.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';
import { DAY_MS, keyArn } from '../key.ts';

const DAYS_MIN = 7;
const DAYS_MAX = 30;

export default operation<KmsApi, Keys>()('kms', 'ScheduleKeyDeletion', {
  action: 'kms:ScheduleKeyDeletion',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    const days = input.PendingWindowInDays ?? DAYS_MAX;
    if (days < DAYS_MIN || days > DAYS_MAX)
      ctx.fail(
        'ValidationException',
        `PendingWindowInDays: ${days}; a key waits at least ${DAYS_MIN} and at most ${DAYS_MAX} days for its deletion.`,
      );
    const deletionAt = new Date(ctx.now.getTime() + days * DAY_MS);
    const key = await changeKey(keys, ctx, 'kms:ScheduleKeyDeletion', input.KeyId, (one) => {
      requireChangeable(one);
      return { ...one, state: 'PendingDeletion', deletionAt, deletionDays: days };
    });
    return {
      KeyId: keyArn(key, key.keyId),
      DeletionDate: key.deletionAt,
      KeyState: 'PendingDeletion' as const,
      PendingWindowInDays: days,
    };
  },
});
