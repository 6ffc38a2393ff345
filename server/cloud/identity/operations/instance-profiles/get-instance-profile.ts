// GetInstanceProfile: with its role.
import { tagsOf } from '../../entities/belongings-store.ts';
import { findByIds } from '../../entities/directory.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { profileView } from '../../entities/views.ts';

export default iamRead('GetInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async read(call, { InstanceProfileName }) {
    const { tx, account } = call;
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    const [role] = profile.roleId === undefined ? [] : await findByIds(tx, account, [profile.roleId]);
    return { InstanceProfile: profileView(account, profile, role, await tagsOf(tx, account, profile.id)) };
  },
});
