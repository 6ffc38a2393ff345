// DeleteUserPolicy: with its text.
import { iamChange } from '../../iam-operation.ts';
import { deleteInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('DeleteUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, PolicyName }) {
    const user = await requireOwnUser(call, UserName);
    await deleteInlinePolicy(call, user, PolicyName);
  },
});
