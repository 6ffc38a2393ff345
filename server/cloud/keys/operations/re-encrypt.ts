// ReEncrypt: from one key or context to another; the plaintext stays here.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey, authorizedKeyOf, requireNamedKey } from '../access.ts';
import { keyArn } from '../key.ts';
import { decryptWith, encryptWith } from '../service.ts';
import { endDryRun, requireCiphertext, requireKnownUse, requireSymmetric } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'ReEncrypt', {
  action: 'kms:ReEncrypt',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.DestinationKeyId)],

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const ciphertext = requireCiphertext(input.CiphertextBlob);
    const before = input.SourceEncryptionContext ?? {};
    const after = input.DestinationEncryptionContext ?? {};
    const { held, header } = await authorizedKeyOf(keys, ctx, 'kms:ReEncryptFrom', ciphertext, before);
    const next = await authorizedKey(keys, ctx, 'kms:ReEncryptTo', input.DestinationKeyId, { context: after });
    await requireNamedKey(keys, ctx, 'kms:ReEncryptFrom', input.SourceKeyId, held);
    requireSymmetric(input.SourceEncryptionAlgorithm, input.DestinationEncryptionAlgorithm);
    const again = encryptWith(next, after, decryptWith(held, header, before, ciphertext), keys.ids, 'ReEncrypt');
    endDryRun(input);
    return {
      CiphertextBlob: again,
      SourceKeyId: keyArn(held.key, held.key.keyId),
      KeyId: keyArn(next.key, next.key.keyId),
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const,
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT' as const,
      SourceKeyMaterialId: held.materials.get(header.version)?.id,
      DestinationKeyMaterialId: next.materials.get(next.key.version)?.id,
    };
  },
});
