// UpdateManagedInstancePublicKey: signed with the old key; the next call comes with the new one. The old one stays good for a while,
// for the agent that dies before it has stored the new one.
import type { SsmAgentApi } from '../../platform/api/models/agent-ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { readPublicKey, rotate } from '../node-key.ts';
import { NOT_REGISTERED, requireNode } from '../require-self.ts';
import * as store from '../store.ts';

const ACTION = 'ssm:UpdateManagedInstancePublicKey';

export default operation<SsmAgentApi, Nodes>()('ssm', 'UpdateManagedInstancePublicKey', {
  action: ACTION,
  audit: 'write',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const { nodeId } = requireNode(ctx.principal, ACTION, 'node-key');
    if (readPublicKey(input.NewPublicKey, input.NewPublicKeyType) === undefined)
      ctx.fail('InvalidPublicKey', 'The new public key is not valid: an RSA key of 2048 to 4096 bits is needed.');
    await domain.database.write('nodes.update-key', async (tx) => {
      const node = await store.findIdentity(tx, nodeId);
      if (node === undefined) {
        ctx.fail('InvalidInstanceId', NOT_REGISTERED(nodeId));
        return;
      }
      if (node.keys.current === input.NewPublicKey)
        ctx.fail('PublicKeyAlreadyRegistered', 'The public key is the one that is registered already.');
      const next = rotate(node.keys, input.NewPublicKey, ctx.now);
      if (!(await store.updateKeys(tx, node.scope, nodeId, node.keys, next)))
        ctx.fail('InternalServerError', 'The public key was changed at the same time. Try again.');
      await ctx.journal(tx, [nodeArn(node.scope, nodeId)]);
    });
    return {};
  },
});
