// ListInstanceAssociations: what State Manager wants of this node. There are no associations on this server yet, so there are none for
// any node; an error instead would send the agent to three older operations.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { NOT_REGISTERED, requireSelf } from '../require-self.ts';

const ACTION = 'ssm:ListInstanceAssociations';

export default operation<SsmAgentApi, Nodes>()('ssm', 'ListInstanceAssociations', {
  action: ACTION,
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(domain, ctx, input) {
    const { nodeId } = requireSelf(ctx.principal, ACTION, input.InstanceId);
    if (!(await domain.registry.isRegistered(ctx, nodeId))) ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
    return { Associations: [] };
  },
});
