// TagRole: adds or replaces.
import { putTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireTags } from '../../entities/require.ts';

export default iamChange('TagRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, Tags }) {
    const role = await requireEntity(call, 'role', RoleName);
    await requireTags(call, role.id, Tags);
    await putTags(call.tx, call.account, role.id, Tags);
  },
});
