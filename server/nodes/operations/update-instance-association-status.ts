// UpdateInstanceAssociationStatus: there are no associations on this server yet, so there is none whose status could be told.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { requireSelf } from '../require-self.ts';

const ACTION = 'ssm:UpdateInstanceAssociationStatus';

export default operation<SsmAgentApi, Nodes>()('ssm', 'UpdateInstanceAssociationStatus', {
  action: ACTION,
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(_domain, ctx, input) {
    requireSelf(ctx.principal, ACTION, input.InstanceId);
    return ctx.fail(
      'AssociationDoesNotExist',
      `The association ${input.AssociationId} does not exist: this server has no associations yet.`,
    );
  },
});
