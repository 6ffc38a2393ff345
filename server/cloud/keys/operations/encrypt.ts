// Encrypt: up to 4,096 bytes under a key, bound to the encryption context.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { keyArn } from '../key.ts';
import { encryptWith } from '../service.ts';
import { endDryRun, requireKnownUse, requireSymmetric } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'Encrypt', {
  action: 'kms:Encrypt',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const context = input.EncryptionContext ?? {};
    const held = await authorizedKey(keys, ctx, 'kms:Encrypt', input.KeyId, { context });
    requireSymmetric(input.EncryptionAlgorithm);
    const ciphertext = encryptWith(held, context, input.Plaintext, keys.ids);
    endDryRun(input);
    return {
      CiphertextBlob: ciphertext,
      KeyId: keyArn(held.key, held.key.keyId),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const,
    };
  },
});
