// DeleteUserPolicy: with its text.
import { iamChange } from '../../iam-operation.ts';
import { deleteInlinePolicy } from '../../inline.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('DeleteUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, PolicyName }) {
    const user = await requireOwnUser(call, UserName);
    await deleteInlinePolicy(call, user, PolicyName);
  },
});
