// DetachUserPolicy: the policy stays.
import { detachPolicy } from '../../attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('DetachUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { UserName, PolicyArn }) {
    const user = await requireOwnUser(call, UserName);
    await detachPolicy(call, user, PolicyArn);
  },
});
