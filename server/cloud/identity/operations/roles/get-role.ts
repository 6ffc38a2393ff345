// GetRole: with its tags and boundary.
import { tagsOf } from '../../belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireEntity } from '../../require.ts';
import { wholeRoleView } from '../../views.ts';

export default iamRead('GetRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, { RoleName }) {
    const role = await requireEntity(call, 'role', RoleName);
    return { Role: wholeRoleView(call.account, role, await tagsOf(call.tx, call.account, role.id)) };
  },
});
