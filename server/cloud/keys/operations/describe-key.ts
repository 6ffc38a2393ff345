// DescribeKey. Its grant tokens are not looked at: no error for a wrong one is declared, and a right one adds nothing.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { authorizedKey } from '../access.ts';
import { metadataOf } from '../key.ts';

export default operation<KmsApi, Keys>()('kms', 'DescribeKey', {
  action: 'kms:DescribeKey',
  audit: 'read',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    const { key, materials } = await authorizedKey(keys, ctx, 'kms:DescribeKey', input.KeyId);
    return { KeyMetadata: metadataOf(key, materials.get(key.version)?.id) };
  },
});
