// CreateRole: who may take it stands in its trust policy.
import { putTags } from '../../entities/belongings-store.ts';
import { findPolicy } from '../../entities/directory.ts';
import { type Entity, SESSION_SECONDS_DEFAULT } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { made } from '../../entities/refs.ts';
import { addEntity, requireTags } from '../../entities/require.ts';
import { requireTrustPolicy } from '../../entities/role-rules.ts';
import { wholeRoleView } from '../../entities/views.ts';

export default iamChange('CreateRole', {
  about: ({ RoleName, Path }) => [made('role', RoleName, Path)],
  conditions: ({ PermissionsBoundary }): Record<string, string> =>
    PermissionsBoundary === undefined ? {} : { 'iam:PermissionsBoundary': PermissionsBoundary },
  async change(call, input) {
    const { tx, iam, ctx, account } = call;
    const { RoleName, Path, PermissionsBoundary, Tags = [] } = input;
    requireTrustPolicy(ctx, input.AssumeRolePolicyDocument);
    if (Path?.startsWith('/aws-service-role/') === true)
      ctx.fail('InvalidInput', 'The path /aws-service-role/ belongs to service-linked roles: use CreateServiceLinkedRole.');
    const role: Entity = {
      kind: 'role',
      name: RoleName,
      id: iam.newId('role'),
      path: Path ?? '/',
      createdAt: ctx.now,
      boundaryArn: PermissionsBoundary,
      description: input.Description,
      trustPolicy: input.AssumeRolePolicyDocument,
      maxSessionSeconds: input.MaxSessionDuration ?? SESSION_SECONDS_DEFAULT,
      isBuiltIn: false,
    };
    if (PermissionsBoundary !== undefined) {
      const boundary = await findPolicy(tx, account, PermissionsBoundary);
      if (boundary === undefined) ctx.fail('InvalidInput', `Policy ${PermissionsBoundary} does not exist or is not attachable.`);
    }
    await addEntity(call, role);
    await requireTags(call, role.id, Tags);
    await putTags(tx, account, role.id, Tags);
    return { Role: wholeRoleView(account, role, Tags) };
  },
});
