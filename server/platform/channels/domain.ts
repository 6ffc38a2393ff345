// What the operations work with.
import { parseJobId } from '@muster/protocol/channel.ts';
import type { RequestContext } from '../api/operation.ts';
import type { NodeId, Scope } from '../ids.ts';
import type { Complain } from './complaints.ts';
import type { JobAck } from './ports.ts';
import type { LongPolls } from './long-polls.ts';
import { nodeArn } from '../node-arn.ts';
import type { ChannelTokens } from './tokens.ts';

export interface ChannelOperations {
  readonly tokens: ChannelTokens;
  readonly polls: LongPolls;
  readonly complain: Complain;
  readonly publicUrl: string | undefined;
}

/** A message belongs to the node that its id names. What is no id belongs to nobody. */
export function messageResources(input: { readonly MessageId: string }, scope: Scope): readonly string[] {
  return [nodeArn(scope, parseJobId(input.MessageId)?.nodeId ?? 'unknown')];
}

export function nodeOfMessage(ctx: RequestContext<'InvalidMessageIdException'>, messageId: string): NodeId {
  const parts = parseJobId(messageId);
  if (parts === undefined) return ctx.fail('InvalidMessageIdException', 'The message id is not valid.');
  return parts.nodeId as NodeId;
}

/** Ends the handing out of a message; resolves when that is durable. */
export async function endMessage(
  domain: ChannelOperations,
  ctx: RequestContext<'InvalidMessageIdException'>,
  messageId: string,
  ack: Pick<JobAck, 'verdict' | 'statusCode' | 'errorMessage'>,
): Promise<Record<string, never>> {
  const nodeId = nodeOfMessage(ctx, messageId);
  const scope = { account: ctx.account, region: ctx.region };
  await domain.polls.report({ scope, nodeId, jobId: messageId, bytes: messageId.length, ack, impliesAck: false });
  return {};
}
