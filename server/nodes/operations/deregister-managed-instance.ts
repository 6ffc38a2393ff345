// DeregisterManagedInstance: the node, its tags and its mail are gone with one commit; its keys and credentials are refused from then on.
// What it did stays in the history of commands.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { NodeId } from '../../platform/ids.ts';
import { NODE_TAG_TYPE } from '../directory.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { NOT_REGISTERED } from '../require-self.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Nodes>()('ssm', 'DeregisterManagedInstance', {
  action: 'ssm:DeregisterManagedInstance',
  audit: 'write',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(domain, ctx, input) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is one if it is found
    const nodeId = input.InstanceId as NodeId;
    await domain.database.write('nodes.deregister', async (tx) => {
      if (!(await store.deleteNode(tx, ctx, nodeId))) ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
      await domain.tags.removeAll(tx, ctx, NODE_TAG_TYPE, nodeId);
      await domain.ports.forgetMail(tx, ctx, nodeId);
      await ctx.journal(tx, [nodeArn(ctx, nodeId)]);
    });
    domain.presence.forget(ctx, nodeId);
    domain.registry.deregistered(ctx, nodeId);
    return {};
  },
});
