// GenerateRandom.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import { requireKnownUse } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'GenerateRandom', {
  action: 'kms:GenerateRandom',
  audit: 'read',

  resources: () => ['*'],

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    if (input.CustomKeyStoreId !== undefined)
      ctx.fail('UnsupportedOperationException', 'Custom key stores are not supported: leave CustomKeyStoreId out.');
    const count = input.NumberOfBytes ?? ctx.fail('ValidationException', 'NumberOfBytes is required: from 1 to 1,024.');
    return Promise.resolve({ Plaintext: keys.ids.bytes(count) });
  },
});
