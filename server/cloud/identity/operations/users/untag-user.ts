// UntagUser: keys that are not there are no mistake.
import { removeTags } from '../../belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('UntagUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, TagKeys }) {
    const user = await requireOwnUser(call, UserName);
    await removeTags(call.tx, call.account, user.id, TagKeys);
  },
});
