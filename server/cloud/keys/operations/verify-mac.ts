// VerifyMac: whether a MAC is that of the message. Another one is an error, never `false`.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { keyArn } from '../key.ts';
import { isMac } from '../mac.ts';
import { macWith } from '../service.ts';
import { endDryRun, requireKnownUse } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'VerifyMac', {
  action: 'kms:VerifyMac',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: ({ MacAlgorithm: algorithm }) => ({ 'kms:MacAlgorithm': algorithm }),

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    const held = await authorizedKey(keys, ctx, 'kms:VerifyMac', input.KeyId);
    const made = macWith(held, input.MacAlgorithm, input.Message, 'VerifyMac');
    if (!isMac(input.Mac, made))
      ctx.fail('KMSInvalidMacException', 'The MAC is none of this message under this key and algorithm.');
    endDryRun(input);
    return { KeyId: keyArn(held.key, held.key.keyId), MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});
