// TagUser: adds or replaces.
import { putTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser, requireTags } from '../../entities/require.ts';

export default iamChange('TagUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, Tags }) {
    const user = await requireOwnUser(call, UserName);
    await requireTags(call, user.id, Tags);
    await putTags(call.tx, call.account, user.id, Tags);
  },
});
