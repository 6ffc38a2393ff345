// CreateControlChannel: the token with which a node opens its control channel.
import type { SsmMessagesApi } from '../../api/models/ssmmessages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import type { NodeId } from '../../ids.ts';
import type { ChannelOperations } from '../domain.ts';
import { controlChannelNode } from '../handshake.ts';
import { nodeArn } from '../../node-arn.ts';

export default operation<SsmMessagesApi, ChannelOperations>()('ssmmessages', 'CreateControlChannel', {
  action: 'ssmmessages:CreateControlChannel',
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(domain, ctx, { InstanceId, MessageSchemaVersion }) {
    if (controlChannelNode(`/v1/control-channel/${InstanceId}`) === undefined)
      ctx.fail('InvalidInstanceId', 'The instance id is not valid.');
    const token = domain.tokens.issue({ account: ctx.account, region: ctx.region }, InstanceId as NodeId);
    if (token === undefined)
      return ctx.fail('ServiceUnavailable', 'Too many control channels are being opened. Try again later.', { httpStatus: 503 });
    return { MessageSchemaVersion, TokenValue: token };
  },
});
