// UntagPolicy: keys that are not there are no mistake.
import { removeTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { requireOwnPolicy } from '../../entities/require.ts';

export default iamChange('UntagPolicy', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn, TagKeys }) {
    const policy = await requireOwnPolicy(call, PolicyArn);
    await removeTags(call.tx, call.account, policy.id, TagKeys);
  },
});
