// CancelKeyDeletion: the key is disabled afterwards, as in AWS.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey } from '../access.ts';
import { keyArn } from '../key.ts';

export default operation<KmsApi, Keys>()('kms', 'CancelKeyDeletion', {
  action: 'kms:CancelKeyDeletion',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    const { account, region, keyId } = await changeKey(keys, ctx, 'kms:CancelKeyDeletion', input.KeyId, (key) => {
      if (key.state !== 'PendingDeletion')
        ctx.fail('KMSInvalidStateException', `${keyArn(key, key.keyId)} is not pending deletion.`);
      return { ...key, state: 'Disabled', deletionAt: undefined, deletionDays: undefined };
    });
    return { KeyId: keyArn({ account, region }, keyId) };
  },
});
