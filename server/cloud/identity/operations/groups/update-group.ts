// UpdateGroup: a new name, a new path. What belongs to it stays with it.
import { findEntity } from '../../directory.ts';
import { updateEntity } from '../../entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { made, named } from '../../refs.ts';
import { refuseTaken, requireEntity } from '../../require.ts';

export default iamChange('UpdateGroup', {
  about: ({ GroupName, NewGroupName, NewPath }) => [named('group', GroupName), made('group', NewGroupName ?? GroupName, NewPath)],
  async change(call, { GroupName, NewGroupName, NewPath }) {
    const { tx, ctx, account } = call;
    const group = await requireEntity(call, 'group', GroupName);
    const name = NewGroupName ?? group.name;
    const taken = await findEntity(tx, account, 'group', name);
    if (taken !== undefined && taken.id !== group.id) refuseTaken(ctx, 'group', name);
    await updateEntity(tx, account, { ...group, name, path: NewPath ?? group.path });
  },
});
