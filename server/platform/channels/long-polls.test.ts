// The stock agent on `ec2messages`, as it was observed (agent-protocol d and f).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND, IN_PROGRESS, jobOf, NODE, OTHER_NODE, startHub, SUCCESS } from '@muster/testkit/stock-agent.ts';
import { testScope } from '@muster/testkit/request-context.ts';

const SECOND = '0cf18122-5192-40cf-9ab5-a3c714db5f02';
const REQUEST_ID = '3a1f4a52-3f0e-4bb5-8a35-4f5f3f4f6f11';
const REPLY_ID = 'a0000000-0000-4000-8000-000000000001';

interface Answer {
  readonly Destination: string;
  readonly MessagesRequestId: string;
  readonly Messages: readonly { readonly MessageId: string; readonly CreatedDate: string; readonly Payload: string }[];
}
type Hub = Awaited<ReturnType<typeof startHub>>;

function poll(hub: Hub, node = NODE, signal?: AbortSignal): Promise<Answer> {
  const input = { Destination: node, MessagesRequestId: REQUEST_ID, VisibilityTimeoutInSeconds: 10 };
  return hub.call('GetMessages', input, signal) as Promise<Answer>;
}

async function idle(hub: Hub): Promise<Answer> {
  const answer = poll(hub);
  await hub.parts.clock.settle();
  await hub.parts.clock.advance(19_000);
  return answer;
}

test('SendReply, AcknowledgeMessage, SendReply, SendReply: a command over the long poll', async () => {
  await using hub = await startHub();
  const waiting = poll(hub);
  await hub.put(hub.letter());
  assert.deepEqual(await waiting, {
    Destination: NODE,
    MessagesRequestId: REQUEST_ID,
    Messages: [
      {
        CreatedDate: hub.parts.clock.now().toISOString(),
        Destination: NODE,
        MessageId: jobOf(NODE),
        Payload: `{"CommandId":"${COMMAND}"}`,
        Topic: 'aws.ssm.sendCommand.us-east-1',
      },
    ],
  });
  const reply = (Payload: string, ReplyId: string) => hub.call('SendReply', { MessageId: jobOf(NODE), Payload, ReplyId });
  assert.deepEqual(await reply(IN_PROGRESS, REPLY_ID), { MessageId: jobOf(NODE), ReplyId: REPLY_ID, ReplyStatus: 'Created' });
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1']);
  assert.deepEqual(await hub.call('AcknowledgeMessage', { MessageId: jobOf(NODE) }), {});
  await reply(IN_PROGRESS, 'a0000000-0000-4000-8000-000000000002');
  await reply(SUCCESS, 'a0000000-0000-4000-8000-000000000003');
  assert.deepEqual(await hub.events(), [
    'ack command accepted ecf1',
    'reply InProgress ecf1',
    'reply InProgress ecf1',
    'reply Success ecf1',
  ]);
  assert.deepEqual((await idle(hub)).Messages, []);
});

test('a poll with nothing to get ends empty at 19 s, a client that goes ends its own', async () => {
  await using hub = await startHub();
  let ended = false;
  const waiting = poll(hub).then((answer) => {
    ended = true;
    return answer;
  });
  await hub.parts.clock.advance(18_999);
  assert.equal(ended, false);
  await hub.parts.clock.advance(1);
  assert.deepEqual((await waiting).Messages, []);
  const gone = new AbortController();
  const second = poll(hub, NODE, gone.signal);
  gone.abort();
  assert.deepEqual((await second).Messages, []);
});

test('a letter that is there already is handed out at once', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter(), hub.letter({ kind: 'cancel', jobId: jobOf(NODE, SECOND) }));
  assert.deepEqual(
    (await poll(hub)).Messages.map(({ MessageId }) => MessageId),
    [jobOf(NODE), jobOf(NODE, SECOND)],
  );
});

test('what was handed out and not acknowledged is handed out again after its visibility timeout', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter());
  await poll(hub);
  let second: Answer | undefined;
  const waiting = poll(hub).then((answer) => (second = answer));
  await hub.parts.clock.advance(9_999);
  assert.equal(second, undefined);
  await hub.parts.clock.advance(1);
  assert.equal((await waiting).Messages[0]?.MessageId, jobOf(NODE));
});

test('a newer poll of a node ends the older', async () => {
  await using hub = await startHub();
  const older = poll(hub);
  const newer = poll(hub);
  assert.deepEqual((await older).Messages, []);
  await hub.put(hub.letter());
  assert.equal((await newer).Messages.length, 1);
});

test('with a control channel open a poll is held but given nothing: the job goes out once', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const waiting = poll(hub);
  await hub.put(hub.letter());
  agent.acknowledge(await agent.frame('agent_job'));
  await agent.roundTrip();
  await hub.parts.clock.advance(19_000);
  assert.deepEqual((await waiting).Messages, []);
  assert.equal(agent.count('agent_job'), 1);
});

test('a job that was handed out by poll does not go to a control channel that opens before its visibility timeout', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter());
  await poll(hub);
  const agent = await hub.connect();
  await agent.roundTrip();
  await hub.parts.clock.advance(9_999);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 0);
  await hub.parts.clock.advance(1);
  await agent.frame('agent_job');
});

test('a poll that waits is given what its node’s channel can no longer carry', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  await agent.frame('agent_job');
  const waiting = poll(hub);
  await hub.parts.clock.settle();
  agent.socket.terminate();
  assert.equal((await waiting).Messages[0]?.MessageId, jobOf(NODE));
});

test('polling nodes are present, and no longer when they stop', async () => {
  await using hub = await startHub();
  await idle(hub);
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), true);
  await hub.parts.clock.advance(29_999);
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), true);
  await hub.parts.clock.advance(1);
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), false);
  assert.deepEqual(hub.parts.presence, [`opened ec2messages ${NODE}`, `closed ec2messages ${NODE}`]);
  assert.equal(hub.parts.clock.timers, 0);
});

test('FailMessage refuses a job for good', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter());
  await poll(hub);
  assert.deepEqual(await hub.call('FailMessage', { MessageId: jobOf(NODE), FailureType: 'NoHandlerExists' }), {});
  assert.deepEqual(await hub.events(), ['ack command refused ecf1']);
  assert.equal(hub.parts.handler.acks[0]?.[0]?.statusCode, 'NoHandlerExists');
  assert.deepEqual((await idle(hub)).Messages, []);
});

test('DeleteMessage takes a job off, GetEndpoint names the one there is', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter());
  await hub.call('DeleteMessage', { MessageId: jobOf(NODE) });
  assert.deepEqual((await idle(hub)).Messages, []);
  assert.deepEqual(await hub.call('GetEndpoint', { Destination: NODE }), { Endpoint: 'https://muster.test' });
});

test('a report that can never be read is answered with NoActionTaken; one that cannot be stored now is an error', async () => {
  await using hub = await startHub();
  const answer = await hub.call('SendReply', { MessageId: jobOf(NODE), Payload: '{}', ReplyId: REPLY_ID });
  assert.equal((answer as { ReplyStatus: string }).ReplyStatus, 'NoActionTaken');
  hub.parts.handler.refuses = () => true;
  await assert.rejects(
    hub.call('SendReply', { MessageId: jobOf(NODE), Payload: SUCCESS, ReplyId: REPLY_ID }),
    /cannot be stored/,
  );
});

test('too many polls are refused, ids that are none are named', async () => {
  await using hub = await startHub({ limits: { pollsMax: 1 } });
  const waiting = poll(hub);
  await assert.rejects(poll(hub, OTHER_NODE), { name: 'TooManyRequestsException' });
  await assert.rejects(hub.call('AcknowledgeMessage', { MessageId: 'nonsense' }), { name: 'InvalidMessageIdException' });
  await assert.rejects(
    hub.call('GetMessages', { Destination: 'nonsense', MessagesRequestId: 'x', VisibilityTimeoutInSeconds: 1 }),
    {
      name: 'InvalidDestinationException',
    },
  );
  await hub.parts.clock.advance(19_000);
  await waiting;
});

test('every operation names the node that its input names, so that a node can only speak for itself', async () => {
  await using hub = await startHub();
  const own = `arn:aws:ssm:us-east-1:123456789012:managed-instance/${NODE}`;
  const inputs: Record<string, unknown> = {
    CreateControlChannel: { InstanceId: NODE },
    GetMessages: { Destination: NODE },
    GetEndpoint: { Destination: NODE },
    AcknowledgeMessage: { MessageId: jobOf(NODE) },
    DeleteMessage: { MessageId: jobOf(NODE) },
    FailMessage: { MessageId: jobOf(NODE) },
    SendReply: { MessageId: jobOf(NODE) },
  };
  assert.deepEqual(hub.parts.channels.operations.map(({ name }) => name).toSorted(), Object.keys(inputs).toSorted());
  for (const [name, input] of Object.entries(inputs)) {
    const operation = hub.operation(name);
    assert.deepEqual(operation.resources(input, testScope), [own], name);
    assert.equal(operation.action, `${operation.service}:${name}`);
  }
  assert.deepEqual(hub.operation('SendReply').resources({ MessageId: 'x' }, testScope), [
    'arn:aws:ssm:us-east-1:123456789012:managed-instance/unknown',
  ]);
});
