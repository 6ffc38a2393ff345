// PutRolePermissionsBoundary: the most that its policies can grant from now on.
import { setBoundary } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';

export default iamChange('PutRolePermissionsBoundary', {
  about: ({ RoleName }) => [named('role', RoleName)],
  conditions: ({ PermissionsBoundary }) => ({ 'iam:PermissionsBoundary': PermissionsBoundary }),
  async change(call, { RoleName, PermissionsBoundary }) {
    const role = await requireOwnRole(call, RoleName);
    await setBoundary(call, role, PermissionsBoundary);
  },
});
