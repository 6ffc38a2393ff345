// UpdateRoleDescription: the older form of UpdateRole.
import { tagsOf } from '../../belongings-store.ts';
import { updateEntity } from '../../entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnRole } from '../../require.ts';
import { wholeRoleView } from '../../views.ts';

export default iamChange('UpdateRoleDescription', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, Description }) {
    const role = { ...(await requireOwnRole(call, RoleName)), description: Description };
    await updateEntity(call.tx, call.account, role);
    return { Role: wholeRoleView(call.account, role, await tagsOf(call.tx, call.account, role.id)) };
  },
});
