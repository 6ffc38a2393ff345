// DeleteGroup: when nothing hangs on it any more.
import { requireDeletableGroup } from '../../entities/deletion.ts';
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('DeleteGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName }) {
    const group = await requireEntity(call, 'group', GroupName);
    await requireDeletableGroup(call, group);
    await deleteEntity(call.tx, call.account, group);
  },
});
