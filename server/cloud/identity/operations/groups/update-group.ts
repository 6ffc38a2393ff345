// UpdateGroup: a new name, a new path. What belongs to it stays with it.
import { findEntity } from '../../entities/directory.ts';
import { entityArn } from '../../entities/entity.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { refuseTaken, requireEntity } from '../../entities/require.ts';

export default iamChange('UpdateGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  /** What it becomes must be allowed as well. */
  async authorize({ iam, ctx, account }, { GroupName, NewGroupName, NewPath }) {
    const group = await iam.database.read((tx) => findEntity(tx, account, 'group', GroupName));
    if (group === undefined) return;
    const renamed = { ...group, name: NewGroupName ?? group.name, path: NewPath ?? group.path };
    await ctx.authorize('iam:UpdateGroup', entityArn(account, renamed));
  },
  async change(call, { GroupName, NewGroupName, NewPath }) {
    const { tx, ctx, account } = call;
    const group = await requireEntity(call, 'group', GroupName);
    const name = NewGroupName ?? group.name;
    const taken = await findEntity(tx, account, 'group', name);
    if (taken !== undefined && taken.id !== group.id) refuseTaken(ctx, 'group', name);
    await updateEntity(tx, account, { ...group, name, path: NewPath ?? group.path });
  },
});
