// DeleteGroup: when nothing hangs on it any more.
import { requireDeletableGroup } from '../../deletion.ts';
import { deleteEntity } from '../../entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireEntity } from '../../require.ts';

export default iamChange('DeleteGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName }) {
    const group = await requireEntity(call, 'group', GroupName);
    await requireDeletableGroup(call, group);
    await deleteEntity(call.tx, call.account, group);
  },
});
