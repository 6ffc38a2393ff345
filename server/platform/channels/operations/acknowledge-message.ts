// AcknowledgeMessage: the agent has the job; it is not handed out again.
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import { endMessage, messageResources } from '../domain.ts';
import type { ChannelOperations } from '../domain.ts';

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'AcknowledgeMessage', {
  action: 'ec2messages:AcknowledgeMessage',
  audit: 'agent-plane',
  resources: messageResources,
  handle: (domain, ctx, { MessageId }) =>
    endMessage(domain, ctx, MessageId, { verdict: 'accepted', statusCode: '200', errorMessage: '' }),
});
