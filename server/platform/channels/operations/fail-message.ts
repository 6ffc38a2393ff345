// FailMessage: the agent will not take the job, such as one of a topic that it does not know.
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import { endMessage, messageResources } from '../domain.ts';
import type { ChannelOperations } from '../domain.ts';

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'FailMessage', {
  action: 'ec2messages:FailMessage',
  audit: 'agent-plane',
  resources: messageResources,
  handle: (domain, ctx, { MessageId, FailureType }) =>
    endMessage(domain, ctx, MessageId, { verdict: 'refused', statusCode: FailureType, errorMessage: FailureType }),
});
