// RemoveUserFromGroup: who is not in it is no mistake.
import { removeMember } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('RemoveUserFromGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName, UserName }) {
    const group = await requireEntity(call, 'group', GroupName);
    const user = await requireEntity(call, 'user', UserName);
    await removeMember(call.tx, call.account, group.id, user.id);
  },
});
