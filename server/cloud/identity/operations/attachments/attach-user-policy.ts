// AttachUserPolicy: what is attached already stays attached.
import { attachPolicy } from '../../attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('AttachUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { UserName, PolicyArn }) {
    const user = await requireOwnUser(call, UserName);
    await attachPolicy(call, user, PolicyArn);
  },
});
