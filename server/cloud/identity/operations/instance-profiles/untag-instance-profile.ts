// UntagInstanceProfile: keys that are not there are no mistake.
import { removeTags } from '../../entities/belongings-store.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { iamChange } from '../../iam-operation.ts';

export default iamChange('UntagInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async change(call, { InstanceProfileName, TagKeys }) {
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    await removeTags(call.tx, call.account, profile.id, TagKeys);
  },
});
