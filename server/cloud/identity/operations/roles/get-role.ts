// GetRole: with its tags and boundary, and when it was last used.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { roleLastUsed } from '../../entities/role-last-used.ts';
import { wholeRoleView } from '../../entities/views.ts';

export default iamRead('GetRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, { RoleName }) {
    const role = await requireEntity(call, 'role', RoleName);
    const view = wholeRoleView(call.account, role, await tagsOf(call.tx, call.account, role.id));
    return { Role: { ...view, RoleLastUsed: await roleLastUsed(call, role) } };
  },
});
