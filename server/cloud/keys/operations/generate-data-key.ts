// GenerateDataKey: random bytes, in the clear and encrypted.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { keyArn } from '../key.ts';
import { encryptWith } from '../service.ts';
import { dataKeyBytes, endDryRun, requireKnownUse } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'GenerateDataKey', {
  action: 'kms:GenerateDataKey',
  audit: 'secret',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const count = dataKeyBytes(input.NumberOfBytes, input.KeySpec);
    const context = input.EncryptionContext ?? {};
    const held = await authorizedKey(keys, ctx, 'kms:GenerateDataKey', input.KeyId, { context });
    const dataKey = keys.ids.bytes(count);
    const ciphertext = encryptWith(held, context, dataKey, keys.ids, 'GenerateDataKey');
    endDryRun(input);
    return {
      CiphertextBlob: ciphertext,
      Plaintext: dataKey,
      KeyId: keyArn(held.key, held.key.keyId),
      KeyMaterialId: held.materials.get(held.key.version)?.id,
    };
  },
});
