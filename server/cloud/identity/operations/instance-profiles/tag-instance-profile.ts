// TagInstanceProfile: adds or replaces.
import { putTags } from '../../entities/belongings-store.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireTags } from '../../entities/require.ts';
import { iamChange } from '../../iam-operation.ts';

export default iamChange('TagInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async change(call, { InstanceProfileName, Tags }) {
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    await requireTags(call, profile.id, Tags);
    await putTags(call.tx, call.account, profile.id, Tags);
  },
});
