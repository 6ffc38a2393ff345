// RotateKeyOnDemand: new material now; what the old has encrypted can still be read.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey } from '../access.ts';
import { keyArn, ON_DEMAND_ROTATIONS_MAX } from '../key.ts';
import { newMaterial } from '../material.ts';
import { requireRotatable, requireUsableKey } from '../service.ts';
import * as store from '../store.ts';

export default operation<KmsApi, Keys>()('kms', 'RotateKeyOnDemand', {
  action: 'kms:RotateKeyOnDemand',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    const { account, region, keyId } = await changeKey(keys, ctx, 'kms:RotateKeyOnDemand', input.KeyId, async (key, tx) => {
      requireRotatable(key);
      requireUsableKey(key);
      const asked = (await store.materialsOf(tx, key, key.keyId)).filter((row) => row.on_demand === 1);
      if (asked.length >= ON_DEMAND_ROTATIONS_MAX)
        ctx.fail('LimitExceededException', `A key can be rotated on demand at most ${ON_DEMAND_ROTATIONS_MAX} times.`);
      await store.insertMaterial(tx, newMaterial(keys, key, key.keyId, key.version + 1, ctx.now, { onDemand: true }));
      return { ...key, version: key.version + 1 };
    });
    return { KeyId: keyArn({ account, region }, keyId) };
  },
});
