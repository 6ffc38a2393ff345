// UpdateRole: its description and how long its sessions last. What is not given falls back to what a new role has.
import { SESSION_SECONDS_DEFAULT } from '../../entities/entity.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';

export default iamChange('UpdateRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, Description, MaxSessionDuration }) {
    const role = await requireOwnRole(call, RoleName);
    await updateEntity(call.tx, call.account, {
      ...role,
      description: Description ?? role.description,
      maxSessionSeconds: MaxSessionDuration ?? SESSION_SECONDS_DEFAULT,
    });
  },
});
