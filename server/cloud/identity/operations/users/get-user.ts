// GetUser: without a name the caller itself.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { wholeUserView } from '../../entities/views.ts';

export default iamRead('GetUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName }) {
    const { tx, account } = call;
    const user = await requireEntity(call, 'user', userNameOf(call, UserName));
    return { User: wholeUserView(account, user, await tagsOf(tx, account, user.id)) };
  },
});
