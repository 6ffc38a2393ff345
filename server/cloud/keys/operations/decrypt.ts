// Decrypt: the ciphertext names its key; a KeyId must be the same.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import { authorizedKeyOf, requireNamedKey } from '../access.ts';
import { readHeader } from '../ciphertext.ts';
import { keyArn } from '../key.ts';
import { decryptWith } from '../service.ts';
import { endDryRun, requireCiphertext, requireKnownUse, requireSymmetric } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'Decrypt', {
  action: 'kms:Decrypt',
  audit: 'secret',
  judgesItself: true,
  resources: ({ CiphertextBlob: ciphertext }, { region }) => {
    const header = ciphertext === undefined ? undefined : readHeader(ciphertext);
    return [header === undefined ? '*' : keyArn({ account: header.account, region }, header.keyId)];
  },

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const ciphertext = requireCiphertext(input.CiphertextBlob);
    const context = input.EncryptionContext ?? {};
    const { held, header } = await authorizedKeyOf(keys, ctx, 'kms:Decrypt', ciphertext, context);
    await requireNamedKey(keys, ctx, 'kms:Decrypt', input.KeyId, held);
    requireSymmetric(input.EncryptionAlgorithm);
    const plaintext = decryptWith(held, header, context, ciphertext);
    endDryRun(input);
    return {
      KeyId: keyArn(held.key, held.key.keyId),
      Plaintext: plaintext,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const,
      KeyMaterialId: held.materials.get(header.version)?.id,
    };
  },
});
