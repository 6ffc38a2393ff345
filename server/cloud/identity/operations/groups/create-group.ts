// CreateGroup: a set of users that policies speak about.
import type { Entity } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { made } from '../../entities/refs.ts';
import { addEntity } from '../../entities/require.ts';
import { groupView } from '../../entities/views.ts';

export default iamChange('CreateGroup', {
  about: ({ GroupName, Path }) => [made('group', GroupName, Path)],
  async change(call, { GroupName, Path }) {
    const { iam, ctx, account } = call;
    const group: Entity = {
      kind: 'group',
      name: GroupName,
      id: iam.newId('group'),
      path: Path ?? '/',
      createdAt: ctx.now,
      isBuiltIn: false,
    };
    await addEntity(call, group);
    return { Group: groupView(account, group) };
  },
});
