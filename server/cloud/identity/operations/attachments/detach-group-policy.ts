// DetachGroupPolicy: the policy stays.
import { detachPolicy } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('DetachGroupPolicy', {
  about: ({ GroupName }) => [named('group', GroupName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { GroupName, PolicyArn }) {
    const group = await requireEntity(call, 'group', GroupName);
    await detachPolicy(call, group, PolicyArn);
  },
});
