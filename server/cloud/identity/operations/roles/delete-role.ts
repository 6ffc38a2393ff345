// DeleteRole: when nothing hangs on it any more. Its sessions end with it.
import { requireDeletableRole } from '../../entities/deletion.ts';
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';

export default iamChange('DeleteRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName }) {
    const role = await requireOwnRole(call, RoleName);
    await requireDeletableRole(call, role);
    await deleteEntity(call.tx, call.account, role);
  },
});
