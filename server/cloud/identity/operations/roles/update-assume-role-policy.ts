// UpdateAssumeRolePolicy: who may take the role from now on. Sessions that are open stay open.
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnRole } from '../../entities/require.ts';
import { requireTrustPolicy } from '../../entities/role-rules.ts';

export default iamChange('UpdateAssumeRolePolicy', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName, PolicyDocument }) {
    const role = await requireOwnRole(call, RoleName);
    requireTrustPolicy(call.ctx, PolicyDocument);
    await updateEntity(call.tx, call.account, { ...role, trustPolicy: PolicyDocument });
  },
});
