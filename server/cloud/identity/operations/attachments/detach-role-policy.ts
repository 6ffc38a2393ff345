// DetachRolePolicy: the policy stays.
import { detachPolicy } from '../../policies/attachments.ts';
import { builtInAttachments } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireUnlinked } from '../../entities/require.ts';

export default iamChange('DetachRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  conditions: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
  async change(call, { RoleName, PolicyArn }) {
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    if (builtInAttachments(role).includes(PolicyArn))
      call.ctx.fail('UnmodifiableEntity', `The role ${role.name} keeps the policy ${PolicyArn} that it has from birth.`);
    await detachPolicy(call, role, PolicyArn);
  },
});
