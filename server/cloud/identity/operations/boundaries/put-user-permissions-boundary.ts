// PutUserPermissionsBoundary: the most that its policies can grant from now on.
import { setBoundary } from '../../attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('PutUserPermissionsBoundary', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PermissionsBoundary }) => ({ 'iam:PermissionsBoundary': PermissionsBoundary }),
  async change(call, { UserName, PermissionsBoundary }) {
    const user = await requireOwnUser(call, UserName);
    await setBoundary(call, user, PermissionsBoundary);
  },
});
