// GetUser: without a name the caller itself.
import { tagsOf } from '../../belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireEntity, userNameOf } from '../../require.ts';
import { wholeUserView } from '../../views.ts';

export default iamRead('GetUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName }) {
    const { tx, account } = call;
    const user = await requireEntity(call, 'user', userNameOf(call, UserName));
    return { User: wholeUserView(account, user, await tagsOf(tx, account, user.id)) };
  },
});
