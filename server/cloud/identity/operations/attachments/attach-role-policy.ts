// AttachRolePolicy: what is attached already stays attached.
import { attachPolicy } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireUnlinked } from '../../entities/require.ts';

export default iamChange('AttachRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { RoleName, PolicyArn }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    await attachPolicy(call, role, PolicyArn);
  },
});
