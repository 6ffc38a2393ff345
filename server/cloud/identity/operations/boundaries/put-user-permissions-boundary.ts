// PutUserPermissionsBoundary: the most that its policies can grant from now on.
import { setBoundary } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('PutUserPermissionsBoundary', {
  about: ({ UserName }) => [named('user', UserName)],
  conditions: ({ PermissionsBoundary }) => ({ 'iam:PermissionsBoundary': PermissionsBoundary }),
  async change(call, { UserName, PermissionsBoundary }) {
    const user = await requireOwnUser(call, UserName);
    await setBoundary(call, user, PermissionsBoundary);
  },
});
