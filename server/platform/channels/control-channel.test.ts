// The stock agent's control channel, replayed as it was observed (agent-protocol e.1 to e.5).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { cancelPayload, commandPayload } from '@muster/protocol/channel.ts';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import {
  COMMAND,
  hubMigrations,
  IN_PROGRESS,
  jobOf,
  NODE,
  OTHER_NODE,
  startHub,
  startHubOn,
  SUCCESS,
} from '@muster/testkit/stock-agent.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';

const REPLY_ID = 'a0000000-0000-4000-8000-000000000001';
const REPLY_ID_2 = 'a0000000-0000-4000-8000-000000000002';
const SECOND = '0cf18122-5192-40cf-9ab5-a3c714db5f02';

test('a command goes out as agent_job, its acknowledgement is stored once, every reply is answered after its commit', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  const job = await agent.frame('agent_job');
  assert.deepEqual(job.json, {
    SchemaVersion: 1,
    JobId: jobOf(NODE),
    Topic: 'aws.ssm.sendCommand.us-east-1',
    Content: `{"CommandId":"${COMMAND}"}`,
  });
  assert.equal(
    job.message.payload.toString(),
    `{"SchemaVersion":1,"JobId":"${jobOf(NODE)}","Topic":"aws.ssm.sendCommand.us-east-1","Content":"{\\"CommandId\\":\\"${COMMAND}\\"}"}`,
  );
  assert.equal(job.message.schemaVersion, 1);
  assert.equal(job.message.createdDate, hub.parts.clock.nowMs());

  agent.acknowledge(job);
  agent.reply(jobOf(NODE), IN_PROGRESS, REPLY_ID);
  const first = await agent.frame('agent_job_reply_ack');
  assert.equal(first.message.payload.toString(), `{"jobId":"${jobOf(NODE)}","acknowledgedMessageId":"${REPLY_ID}"}`);
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1']);
  agent.reply(jobOf(NODE), SUCCESS, REPLY_ID_2);
  assert.equal((await agent.frame('agent_job_reply_ack', 2)).json['acknowledgedMessageId'], REPLY_ID_2);
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1', 'reply Success ecf1']);
  await hub.parts.clock.advance(600_000);
  assert.equal(agent.count('agent_job'), 1);
});

test('the real command payload survives, quotes, line ends and other scripts included', async () => {
  await using hub = await startHub();
  const content = commandPayload({
    commandId: COMMAND,
    documentName: 'AWS-RunShellScript',
    parameters: { commands: ['echo "žluť"\n€ \u2028'], workingDirectory: '', executionTimeout: '3600' },
    documentContent: { schemaVersion: '1.2', runtimeConfig: {} },
    outputS3BucketName: '',
    outputS3KeyPrefix: '',
    cloudWatchLogGroupName: '',
    cloudWatchOutputEnabled: false,
  });
  hub.parts.handler.contentOf = () => content;
  const agent = await hub.connect();
  await hub.put(hub.letter());
  assert.equal((await agent.frame('agent_job')).json['Content'], content);
});

test('a command is rendered once for all its nodes', async () => {
  await using hub = await startHub();
  const agents = [await hub.connect(NODE), await hub.connect(OTHER_NODE)];
  await hub.put(hub.letter(), hub.letter({ nodeId: OTHER_NODE }));
  for (const agent of agents) await agent.frame('agent_job');
  assert.equal(hub.parts.handler.renders, 1);
});

test('the observed acknowledgement, byte for byte, is taken', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  await agent.frame('agent_job');
  agent.socket.send(
    Buffer.concat([
      Buffer.from(
        '000000746167656e745f6a6f625f61636b2020202020202020202020202020202020202000000001000001a1f98fb63900000000000000000000000000000000ac1d3924f05df41eb1e2090af0c043b681907eb04a57fbba9153558418b71bb2374a52d099dc6f0833cfff5f95b056ae00000000000000e4',
        'hex',
      ),
      Buffer.from(
        '{"jobId":"aws.ssm.ecf18122-5192-40cf-9ab5-a3c714db5f01.mi-000a93ebb5f1c28eb","acknowledgedMessageId":"c5332056-0757-4f54-9d46-1b288b12f73e","createdDate":"2026-11-20T15:25:07.506Z","statusCode":"200","errorMessage":"Successful"}',
      ),
    ]),
  );
  agent.reply(jobOf(NODE), IN_PROGRESS);
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1']);
  assert.equal(hub.parts.handler.acks[0]?.[0]?.reference, COMMAND);
});

test('a letter that waited for its node is sent when the node opens its channel', async () => {
  await using hub = await startHub();
  await hub.put(hub.letter());
  const agent = await hub.connect();
  await agent.frame('agent_job');
});

test('a job that is dropped in the first moments is sent again after 2, 5, 15 and 30 s until it is acknowledged', async () => {
  await using hub = await startHub();
  const { clock } = hub.parts;
  const agent = await hub.connect();
  await hub.put(hub.letter());
  const first = await agent.frame('agent_job');
  const startMs = clock.nowMs();
  for (const [index, atMs] of [2_000, 7_000, 22_000, 52_000].entries()) {
    await clock.advance(startMs + atMs - 1 - clock.nowMs());
    await agent.roundTrip();
    assert.equal(agent.count('agent_job'), index + 1, `nothing before ${atMs} ms`);
    await clock.advance(1);
    const again = await agent.frame('agent_job', index + 2);
    assert.equal(again.json['JobId'], first.json['JobId']);
  }
  agent.acknowledge(first, '51405', 'DuplicateCommand');
  agent.reply(jobOf(NODE), IN_PROGRESS);
  await agent.frame('agent_job_reply_ack');
  await clock.advance(100_000);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 5);
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1']);
});

test('an expired letter is not sent any more, neither again nor for the first time', async () => {
  await using hub = await startHub();
  const { clock } = hub.parts;
  const agent = await hub.connect();
  await hub.put(hub.letter({ expiresAt: new Date(clock.nowMs() + 10_000) }));
  await agent.frame('agent_job');
  await clock.advance(2_000);
  await agent.frame('agent_job', 2);
  await clock.advance(60_000);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 3);
  await hub.put(hub.letter({ reference: SECOND, expiresAt: new Date(clock.nowMs()) }));
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 3);
});

test('a full agent (51402) gets the job again later', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  agent.acknowledge(await agent.frame('agent_job'), '51402', 'ProcessorBufferFull');
  await agent.roundTrip();
  await hub.parts.clock.advance(4_999);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
  await hub.parts.clock.advance(1);
  agent.acknowledge(await agent.frame('agent_job', 2));
  agent.reply(jobOf(NODE), IN_PROGRESS);
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply InProgress ecf1']);
});

test('a document that the agent cannot parse (51408) is refused for good, and its Failed reply is stored', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  agent.acknowledge(await agent.frame('agent_job'), '51408', 'AgentJobMessageParseError');
  agent.reply(jobOf(NODE), '{"documentStatus":"Failed","documentTraceOutput":"","runtimeStatus":null}');
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual(await hub.events(), ['ack command refused ecf1', 'reply Failed ecf1']);
  await hub.parts.clock.advance(100_000);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
});

test('an unexpected error (51499) is tried five times, then counts as refused', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  for (let n = 1; n <= 5; n++) {
    agent.acknowledge(await agent.frame('agent_job', n), '51499', 'UnexpectedError');
    await agent.roundTrip();
    if (n < 5) await hub.parts.clock.advance(60_000);
  }
  agent.reply(jobOf(NODE), IN_PROGRESS);
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual(await hub.events(), ['ack command refused ecf1', 'reply InProgress ecf1']);
});

test('replies out of order and repeated ones are all answered, each under its own id', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  agent.acknowledge(await agent.frame('agent_job'));
  agent.reply(jobOf(NODE), SUCCESS, REPLY_ID_2);
  agent.reply(jobOf(NODE), IN_PROGRESS, REPLY_ID);
  agent.reply(jobOf(NODE), SUCCESS, REPLY_ID_2);
  await agent.frame('agent_job_reply_ack', 3);
  const answered = agent.frames
    .filter(({ type }) => type === 'agent_job_reply_ack')
    .map(({ json }) => json['acknowledgedMessageId']);
  assert.deepEqual(answered, [REPLY_ID_2, REPLY_ID, REPLY_ID_2]);
  assert.deepEqual(await hub.events(), [
    'ack command accepted ecf1',
    'reply Success ecf1',
    'reply InProgress ecf1',
    'reply Success ecf1',
  ]);
});

test('a report says that the job arrived, also where its acknowledgement was lost', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter());
  await agent.frame('agent_job');
  agent.reply(jobOf(NODE), SUCCESS);
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual(await hub.events(), ['ack command accepted ecf1', 'reply Success ecf1']);
  await hub.parts.clock.advance(100_000);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
});

test('at most five unfinished commands are on a node; a settled one makes room, cancels do not count', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const letters = Array.from({ length: 7 }, (_, n) => hub.letter({ reference: `${COMMAND.slice(0, -1)}${n}` }));
  await hub.put(...letters);
  const fifth = await agent.frame('agent_job', 5);
  await agent.roundTrip();
  assert.deepEqual(
    agent.frames.map(({ json }) => json['JobId']),
    letters.slice(0, 5).map(({ jobId }) => jobId),
  );
  // Acknowledged is not finished.
  agent.acknowledge(fifth);
  await hub.put(hub.letter({ kind: 'cancel', jobId: jobOf(NODE, SECOND), reference: COMMAND }));
  const cancel = await agent.frame('agent_job', 6);
  assert.equal(cancel.json['Topic'], 'aws.ssm.cancelCommand.us-east-1');
  assert.equal(cancel.json['Content'], cancelPayload({ cancelMessageId: jobOf(NODE) }));
  assert.equal(cancel.json['JobId'], jobOf(NODE, SECOND));
  const [first] = letters;
  assert.ok(first !== undefined);
  await hub.settle(first);
  assert.equal((await agent.frame('agent_job', 7)).json['JobId'], letters[5]?.jobId);
});

test('a settled job is not sent again', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const letter = hub.letter();
  await hub.put(letter);
  await agent.frame('agent_job');
  await hub.settle(letter);
  await hub.parts.clock.advance(100_000);
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
});

test('a letter that may not be sent any more is dropped, and what waits behind it goes out', async () => {
  await using hub = await startHub();
  hub.parts.handler.contentOf = (letter) => (letter.reference === SECOND ? 'content' : undefined);
  const agent = await hub.connect();
  const gone = Array.from({ length: 5 }, (_, n) => hub.letter({ reference: `${COMMAND.slice(0, -1)}${n + 3}` }));
  await hub.put(...gone, hub.letter({ reference: SECOND }));
  assert.equal((await agent.frame('agent_job')).json['JobId'], jobOf(NODE, SECOND));
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
});

test('a newer channel of a node replaces the older, which is closed; unacknowledged jobs go to the newer', async () => {
  await using hub = await startHub();
  const older = await hub.connect();
  await hub.put(hub.letter());
  await older.frame('agent_job');
  const newer = await hub.connect();
  await older.closed();
  await newer.frame('agent_job');
  assert.equal(hub.parts.channels.presence.count, 1);
  assert.deepEqual(hub.parts.presence, [`opened ssmmessages ${NODE}`]);
  newer.socket.terminate();
  await once(newer.socket, 'close');
  await hub.parts.clock.settle();
});

test('an acknowledged job is not sent again on the next channel', async () => {
  await using hub = await startHub();
  const first = await hub.connect();
  await hub.put(hub.letter());
  first.acknowledge(await first.frame('agent_job'));
  first.reply(jobOf(NODE), IN_PROGRESS);
  await first.frame('agent_job_reply_ack');
  first.socket.terminate();
  const second = await hub.connect();
  await hub.put(hub.letter({ reference: SECOND }));
  assert.equal((await second.frame('agent_job')).json['JobId'], jobOf(NODE, SECOND));
});

test('telemetry and types that nobody knows are taken without harm', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  agent.send('agent_telemetry', '{"SchemaVersion":1}');
  agent.send('agent_task_complete', '{}');
  agent.send('something_else', 'x');
  await hub.put(hub.letter());
  await agent.frame('agent_job');
  assert.deepEqual(hub.complaints(), {});
});

test('a letter written on one replica goes out on the one that holds the node’s channel', async () => {
  const clock = createSimulatedClock();
  await using database = await openTestDatabase(hubMigrations);
  const bus = createInProcessBus({ log: quietLog });
  await using here = await startHubOn(clock, database, { bus });
  await using there = await startHubOn(clock, database, { bus });
  const agent = await there.connect();
  await here.put(here.letter());
  await agent.frame('agent_job');
});

test('after a restart what was not acknowledged is sent again, and what was is not', async () => {
  const clock = createSimulatedClock();
  await using database = await openTestDatabase(hubMigrations);
  {
    await using before = await startHubOn(clock, database);
    const agent = await before.connect();
    await before.put(before.letter(), before.letter({ reference: SECOND }));
    agent.acknowledge(await agent.frame('agent_job'));
    await agent.frame('agent_job', 2);
    agent.reply(jobOf(NODE), IN_PROGRESS);
    await agent.frame('agent_job_reply_ack');
  }
  await using after = await startHubOn(clock, database);
  const agent = await after.connect();
  assert.equal((await agent.frame('agent_job')).json['JobId'], jobOf(NODE, SECOND));
  await agent.roundTrip();
  assert.equal(agent.count('agent_job'), 1);
});
