// UpdateUser: a new name, a new path. What belongs to it stays with it.
import { findEntity } from '../../directory.ts';
import { updateEntity } from '../../entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { made, named } from '../../refs.ts';
import { refuseTaken, requireOwnUser } from '../../require.ts';

export default iamChange('UpdateUser', {
  about: ({ UserName, NewUserName, NewPath }) => [named('user', UserName), made('user', NewUserName ?? UserName, NewPath)],
  async change(call, { UserName, NewUserName, NewPath }) {
    const { tx, ctx, account } = call;
    const user = await requireOwnUser(call, UserName);
    const name = NewUserName ?? user.name;
    const taken = await findEntity(tx, account, 'user', name);
    if (taken !== undefined && taken.id !== user.id) refuseTaken(ctx, 'user', name);
    await updateEntity(tx, account, { ...user, name, path: NewPath ?? user.path });
  },
});
