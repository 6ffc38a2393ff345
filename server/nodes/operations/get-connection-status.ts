// GetConnectionStatus: whether a channel of the node is open on this replica. An unknown node is not connected, as on AWS.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Nodes } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';

export default operation<SsmApi, Nodes>()('ssm', 'GetConnectionStatus', {
  action: 'ssm:GetConnectionStatus',
  audit: 'read',
  resources: (input, scope) => [nodeArn(scope, input.Target)],
  handle: (domain, ctx, input) =>
    Promise.resolve({
      Target: input.Target,
      Status: domain.presence.isConnected(ctx, input.Target) ? 'connected' : 'notconnected',
    }),
});
