// PutRolePolicy: adds or replaces.
import { iamChange } from '../../iam-operation.ts';
import { putInlinePolicy } from '../../inline.ts';
import { named } from '../../refs.ts';
import { requireEntity, requireUnlinked } from '../../require.ts';

export default iamChange('PutRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, PolicyName, PolicyDocument }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    await putInlinePolicy(call, role, PolicyName, PolicyDocument);
  },
});
