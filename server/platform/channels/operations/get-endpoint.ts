// GetEndpoint: where the node should ask for its messages. There is one place.
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import type { ChannelOperations } from '../domain.ts';
import { nodeArn } from '../../node-arn.ts';

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'GetEndpoint', {
  action: 'ec2messages:GetEndpoint',
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.Destination)],
  async handle(domain, ctx) {
    if (domain.publicUrl === undefined)
      return ctx.fail('UnsupportedMessageOperationException', 'There is no other endpoint than the one that was asked.');
    return { Endpoint: domain.publicUrl };
  },
});
