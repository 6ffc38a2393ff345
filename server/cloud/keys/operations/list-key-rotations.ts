// ListKeyRotations: the newest first.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, requireNoAlias } from '../access.ts';
import { keyArn } from '../key.ts';
import { requireRotatable } from '../service.ts';
import * as store from '../store.ts';
import { afterMark, pageOf } from '../use.ts';

const PAGE = 100;

export default operation<KmsApi, Keys>()('kms', 'ListKeyRotations', {
  action: 'kms:ListKeyRotations',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireNoAlias(ctx, input.KeyId);
    const { key } = await authorizedKey(keys, ctx, 'kms:ListKeyRotations', input.KeyId);
    requireRotatable(key);
    const before = Number(afterMark(keys, 'ListKeyRotations', ctx, input.Marker) || Number.MAX_SAFE_INTEGER);
    const rows = await keys.database.read((tx) => store.materialsOf(tx, key, key.keyId));
    const isAsked = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const found = rows.filter(({ version }) => version < before && (isAsked || version > 1)).toReversed();
    const { page, rest } = pageOf(keys, 'ListKeyRotations', ctx, found, input.Limit ?? PAGE, ({ version }) => String(version));
    return {
      Rotations: page.map((row) => ({
        KeyId: keyArn(key, key.keyId),
        KeyMaterialId: row.material_id,
        KeyMaterialState: row.version === key.version ? ('CURRENT' as const) : ('NON_CURRENT' as const),
        ...(row.version === 1
          ? {}
          : {
              RotationDate: new Date(row.created_at),
              RotationType: row.on_demand === 1 ? ('ON_DEMAND' as const) : ('AUTOMATIC' as const),
            }),
      })),
      ...rest,
    };
  },
});
