// UpdateManagedInstanceRole: the role of the node's next credentials; those it has stay what they are until they end.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { requireRole } from '../require-role.ts';
import { NOT_REGISTERED } from '../require-self.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Nodes>()('ssm', 'UpdateManagedInstanceRole', {
  action: 'ssm:UpdateManagedInstanceRole',
  audit: 'write',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(domain, ctx, input) {
    await requireRole(domain, ctx, input.IamRole);
    await domain.database.write('nodes.update-role', async (tx) => {
      if (!(await store.updateRole(tx, ctx, input.InstanceId, input.IamRole)))
        ctx.fail('InvalidInstanceId', NOT_REGISTERED(input.InstanceId));
      await ctx.journal(tx, [nodeArn(ctx, input.InstanceId)]);
    });
    return {};
  },
});
