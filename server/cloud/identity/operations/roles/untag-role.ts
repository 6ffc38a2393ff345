// UntagRole: keys that are not there are no mistake.
import { removeTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('UntagRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, TagKeys }) {
    const role = await requireEntity(call, 'role', RoleName);
    await removeTags(call.tx, call.account, role.id, TagKeys);
  },
});
