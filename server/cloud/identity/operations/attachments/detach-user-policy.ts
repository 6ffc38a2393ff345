// DetachUserPolicy: the policy stays.
import { detachPolicy } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('DetachUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { UserName, PolicyArn }) {
    const user = await requireOwnUser(call, UserName);
    await detachPolicy(call, user, PolicyArn);
  },
});
