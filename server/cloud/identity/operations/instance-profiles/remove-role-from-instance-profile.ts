// RemoveRoleFromInstanceProfile: the profile stays, empty.
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('RemoveRoleFromInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async change(call, { InstanceProfileName, RoleName }) {
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    const role = await requireEntity(call, 'role', RoleName);
    if (profile.roleId !== role.id)
      call.ctx.fail('NoSuchEntity', `The role with name ${RoleName} is not in the instance profile ${InstanceProfileName}.`);
    await updateEntity(call.tx, call.account, { ...profile, roleId: undefined });
  },
});
