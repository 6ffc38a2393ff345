// DeleteRolePermissionsBoundary: its policies alone decide again.
import { setBoundary } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';

export default iamChange('DeleteRolePermissionsBoundary', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName }) {
    const role = await requireOwnRole(call, RoleName);
    if (role.boundaryArn === undefined)
      call.ctx.fail('NoSuchEntity', `The role with name ${RoleName} has no permissions boundary.`);
    await setBoundary(call, role, undefined);
  },
});
