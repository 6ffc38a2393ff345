// CreateInstanceProfile: the name under which a machine gets a role.
import { putTags } from '../../entities/belongings-store.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { made } from '../../entities/refs.ts';
import { addEntity, requireTags } from '../../entities/require.ts';
import { profileView } from '../../entities/views.ts';

export default iamChange('CreateInstanceProfile', {
  about: ({ InstanceProfileName, Path }) => [made('instance-profile', InstanceProfileName, Path)],
  async change(call, { InstanceProfileName, Path, Tags = [] }) {
    const { tx, iam, ctx, account } = call;
    const profile: Entity = {
      kind: 'instance-profile',
      name: InstanceProfileName,
      id: iam.newId('instance-profile'),
      path: Path ?? '/',
      createdAt: ctx.now,
      isBuiltIn: false,
    };
    await addEntity(call, profile);
    await requireTags(call, profile.id, Tags);
    await putTags(tx, account, profile.id, Tags);
    return { InstanceProfile: profileView(account, profile, undefined, Tags) };
  },
});
