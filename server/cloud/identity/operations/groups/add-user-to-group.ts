// AddUserToGroup: who is in it already stays in it.
import { addMember, groupIdsOf } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { GROUPS_PER_USER_MAX } from '../../limits.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireOwnUser } from '../../entities/require.ts';

export default iamChange('AddUserToGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName, UserName }) {
    const { tx, ctx, account } = call;
    const group = await requireEntity(call, 'group', GroupName);
    const user = await requireOwnUser(call, UserName);
    const groups = await groupIdsOf(tx, account, user.id);
    if (!groups.includes(group.id) && groups.length >= GROUPS_PER_USER_MAX)
      ctx.fail('LimitExceeded', `Cannot exceed quota for GroupsPerUser: ${GROUPS_PER_USER_MAX}`);
    await addMember(tx, account, group.id, user.id);
  },
});
