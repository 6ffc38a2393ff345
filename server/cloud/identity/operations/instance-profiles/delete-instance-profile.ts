// DeleteInstanceProfile: when it holds no role any more.
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('DeleteInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async change(call, { InstanceProfileName }) {
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    if (profile.roleId !== undefined)
      call.ctx.fail('DeleteConflict', 'Cannot delete entity, must remove roles from instance profile first.');
    await deleteEntity(call.tx, call.account, profile);
  },
});
