// DeleteServiceLinkedRole: at once: nothing of ours runs under it. The task that AWS would start is over when this answers.
import { GLOBAL } from '../../entities/entity.ts';
import { deleteEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('DeleteServiceLinkedRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async change(call, { RoleName }) {
    const { tx, iam, ctx, account } = call;
    const role = await requireEntity(call, 'role', RoleName);
    if (role.service === undefined) ctx.fail('NoSuchEntity', `The role with name ${RoleName} is no service-linked role.`);
    await deleteEntity(tx, account, role);
    const token = iam.pageTokens.encode('DeleteServiceLinkedRole', { account, region: GLOBAL }, role.name);
    return { DeletionTaskId: `task/aws-service-role/${role.service}/${role.name}/${token}` };
  },
});
