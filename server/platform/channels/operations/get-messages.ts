// GetMessages: the long poll. The agent's HTTP limit is 20 s, so an empty list comes a second before.
import type { Ec2MessagesApi } from '../../api/models/ec2messages.types.gen.ts';
import { operation } from '../../api/operation.ts';
import type { NodeId } from '../../ids.ts';
import type { ChannelOperations } from '../domain.ts';
import { nodeArn } from '../../node-arn.ts';

const NODE_ID = /^(?:mi-[0-9a-f]{17}|i-(?:[0-9a-f]{17}|[0-9a-f]{8}))$/;

export default operation<Ec2MessagesApi, ChannelOperations>()('ec2messages', 'GetMessages', {
  action: 'ec2messages:GetMessages',
  audit: 'agent-plane',
  resources: (input, scope) => [nodeArn(scope, input.Destination)],
  async handle(domain, ctx, { Destination, MessagesRequestId, VisibilityTimeoutInSeconds }) {
    if (!NODE_ID.test(Destination)) ctx.fail('InvalidDestinationException', 'The destination is not a node.');
    const scope = { account: ctx.account, region: ctx.region };
    const jobs = await domain.polls.poll(scope, Destination as NodeId, VisibilityTimeoutInSeconds * 1_000, ctx.signal);
    if (jobs === undefined) return ctx.fail('TooManyRequestsException', 'Too many nodes wait for messages. Try again later.');
    return {
      Destination,
      MessagesRequestId,
      Messages: jobs.map(({ letter, job }) => ({
        CreatedDate: letter.createdAt.toISOString(),
        Destination,
        MessageId: letter.jobId,
        Payload: job.content,
        Topic: job.topic,
      })),
    };
  },
});
