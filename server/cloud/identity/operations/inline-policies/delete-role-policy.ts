// DeleteRolePolicy: with its text.
import { iamChange } from '../../iam-operation.ts';
import { deleteInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireUnlinked } from '../../entities/require.ts';

export default iamChange('DeleteRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, PolicyName }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    await deleteInlinePolicy(call, role, PolicyName);
  },
});
