// SendReply: a report about a job that came by long poll. Answered only when it is stored; a report that can never be read is answered
// too, since the agent would repeat it for two hours.
import { parseAgentReply, ProtocolError, TOPIC_PREFIX } from '@muster/protocol/channel.ts';
import type { AgentReply } from '@muster/protocol/reply.ts';
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import { messageResources, nodeOfMessage } from '../domain.ts';
import type { ChannelOperations } from '../domain.ts';

/** Two outputs of 24,000 characters, each up to six bytes in JSON and escaped once more, for a document of some steps. */
const BODY_BYTES_MAX = 1_048_576;

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'SendReply', {
  action: 'ec2messages:SendReply',
  audit: 'agent-plane',
  bodyBytesMax: BODY_BYTES_MAX,
  resources: messageResources,
  async handle(domain, ctx, { MessageId, Payload, ReplyId }) {
    const nodeId = nodeOfMessage(ctx, MessageId);
    const content = readable(Payload);
    if (content instanceof ProtocolError) {
      domain.complain('bad-payload', { nodeId, type: 'SendReply', problem: content.message });
      return { MessageId, ReplyId, ReplyStatus: 'NoActionTaken', Description: content.message };
    }
    await domain.polls.report({
      scope: { account: ctx.account, region: ctx.region },
      nodeId,
      jobId: MessageId,
      bytes: Payload.length,
      // The long poll does not say which kind of job it was; a cancel's report carries nothing that a command's does not.
      reply: { replyId: ReplyId, topic: TOPIC_PREFIX.sendCommand, content },
      impliesAck: true,
    });
    return { MessageId, ReplyId, ReplyStatus: 'Created' };
  },
});

function readable(payload: string): AgentReply | ProtocolError {
  try {
    return parseAgentReply(payload);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
