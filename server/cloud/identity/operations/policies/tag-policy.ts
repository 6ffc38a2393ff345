// TagPolicy: adds or replaces.
import { putTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { requireOwnPolicy, requireTags } from '../../entities/require.ts';

export default iamChange('TagPolicy', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async change(call, { PolicyArn, Tags }) {
    const policy = await requireOwnPolicy(call, PolicyArn);
    await requireTags(call, policy.id, Tags);
    await putTags(call.tx, call.account, policy.id, Tags);
  },
});
