// PutKeyPolicy: the whole policy anew.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import { changeKey, requireChangeable } from '../access.ts';
import { POLICY_NAME } from '../policy.ts';
import { requirePolicy } from '../policy-check.ts';

export default operation<KmsApi, Keys>()('kms', 'PutKeyPolicy', {
  action: 'kms:PutKeyPolicy',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],

  async handle(keys, ctx, input) {
    const { Policy: policy, PolicyName: name } = input;
    if (name !== undefined && name !== POLICY_NAME)
      ctx.fail('ValidationException', `PolicyName: ${name}; the only policy of a key is named ${POLICY_NAME}.`);
    await changeKey(keys, ctx, 'kms:PutKeyPolicy', input.KeyId, async (key, tx) => {
      requireChangeable(key);
      await requirePolicy(keys, ctx, key, policy, input.BypassPolicyLockoutSafetyCheck === true, tx);
      return { ...key, policy };
    });
    return {};
  },
});
