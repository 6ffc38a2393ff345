// GenerateMac: of up to 4,096 bytes, under a key for MACs.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { keyArn } from '../key.ts';
import { macWith } from '../service.ts';
import { endDryRun, requireKnownUse } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'GenerateMac', {
  action: 'kms:GenerateMac',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: ({ MacAlgorithm: algorithm }) => ({ 'kms:MacAlgorithm': algorithm }),

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const held = await authorizedKey(keys, ctx, 'kms:GenerateMac', input.KeyId);
    const mac = macWith(held, input.MacAlgorithm, input.Message, 'GenerateMac');
    endDryRun(input);
    return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: keyArn(held.key, held.key.keyId) };
  },
});
