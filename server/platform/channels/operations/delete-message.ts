// DeleteMessage: no agent that was observed calls it; it takes the message off the queue, as an acknowledgement does.
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import { endMessage, messageResources } from '../domain.ts';
import type { ChannelOperations } from '../domain.ts';

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'DeleteMessage', {
  action: 'ec2messages:DeleteMessage',
  audit: 'agent-plane',
  resources: messageResources,
  handle: (domain, ctx, { MessageId }) =>
    endMessage(domain, ctx, MessageId, { verdict: 'accepted', statusCode: '200', errorMessage: '' }),
});
