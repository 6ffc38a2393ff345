// DetachRolePolicy: the policy stays.
import { detachPolicy } from '../../attachments.ts';
import { builtInAttachments } from '../../entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireEntity, requireUnlinked } from '../../require.ts';

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
