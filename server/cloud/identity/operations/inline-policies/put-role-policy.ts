// PutRolePolicy: adds or replaces.
import { iamChange } from '../../iam-operation.ts';
import { putInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireUnlinked } from '../../entities/require.ts';

export default iamChange('PutRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, PolicyName, PolicyDocument }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    await putInlinePolicy(call, role, PolicyName, PolicyDocument);
  },
});
