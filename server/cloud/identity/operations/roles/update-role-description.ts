// UpdateRoleDescription: the older form of UpdateRole.
import { tagsOf } from '../../entities/belongings-store.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';
import { wholeRoleView } from '../../entities/views.ts';

export default iamChange('UpdateRoleDescription', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, Description }) {
    const role = { ...(await requireOwnRole(call, RoleName)), description: Description };
    await updateEntity(call.tx, call.account, role);
    return { Role: wholeRoleView(call.account, role, await tagsOf(call.tx, call.account, role.id)) };
  },
});
