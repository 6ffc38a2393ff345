// GetRole: with its tags and boundary.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { wholeRoleView } from '../../entities/views.ts';

export default iamRead('GetRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, { RoleName }) {
    const role = await requireEntity(call, 'role', RoleName);
    return { Role: wholeRoleView(call.account, role, await tagsOf(call.tx, call.account, role.id)) };
  },
});
