// AttachUserPolicy: what is attached already stays attached.
import { attachPolicy } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('AttachUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { UserName, PolicyArn }) {
    const user = await requireOwnUser(call, UserName);
    await attachPolicy(call, user, PolicyArn);
  },
});
