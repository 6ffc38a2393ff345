// DeleteUser: when nothing hangs on it any more.
import { requireDeletableUser } from '../../entities/deletion.ts';
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('DeleteUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName }) {
    const user = await requireOwnUser(call, UserName);
    await requireDeletableUser(call, user);
    await deleteEntity(call.tx, call.account, user);
  },
});
