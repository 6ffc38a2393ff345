// AttachRolePolicy: what is attached already stays attached.
import { attachPolicy } from '../../attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireEntity, requireUnlinked } from '../../require.ts';

export default iamChange('AttachRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { RoleName, PolicyArn }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    await attachPolicy(call, role, PolicyArn);
  },
});
