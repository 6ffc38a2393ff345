// UntagUser: keys that are not there are no mistake.
import { removeTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('UntagUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, TagKeys }) {
    const user = await requireOwnUser(call, UserName);
    await removeTags(call.tx, call.account, user.id, TagKeys);
  },
});
