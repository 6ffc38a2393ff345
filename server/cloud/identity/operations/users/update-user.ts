// UpdateUser: a new name, a new path. What belongs to it stays with it.
import { findEntity } from '../../entities/directory.ts';
import { entityArn } from '../../entities/entity.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { refuseTaken, requireOwnUser } from '../../entities/require.ts';

export default iamChange('UpdateUser', {
  about: ({ UserName }) => [named('user', UserName)],
  /** What it becomes must be allowed as well. */
  async authorize({ iam, ctx, account }, { UserName, NewUserName, NewPath }) {
    const user = await iam.database.read((tx) => findEntity(tx, account, 'user', UserName));
    if (user === undefined) return;
    const renamed = { ...user, name: NewUserName ?? user.name, path: NewPath ?? user.path };
    await ctx.authorize('iam:UpdateUser', entityArn(account, renamed));
  },
  async change(call, { UserName, NewUserName, NewPath }) {
    const { tx, ctx, account } = call;
    const user = await requireOwnUser(call, UserName);
    const name = NewUserName ?? user.name;
    const taken = await findEntity(tx, account, 'user', name);
    if (taken !== undefined && taken.id !== user.id) refuseTaken(ctx, 'user', name);
    await updateEntity(tx, account, { ...user, name, path: NewPath ?? user.path });
  },
});
