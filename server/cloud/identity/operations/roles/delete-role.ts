// DeleteRole: when nothing hangs on it any more. Its sessions end with it.
import { requireDeletableRole } from '../../deletion.ts';
import { deleteEntity } from '../../entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnRole } from '../../require.ts';

export default iamChange('DeleteRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName }) {
    const role = await requireOwnRole(call, RoleName);
    await requireDeletableRole(call, role);
    await deleteEntity(call.tx, call.account, role);
  },
});
