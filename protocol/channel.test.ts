// The payloads as the stock agent writes and reads them, and what a hostile one may try.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ackMeaning,
  agentJobAckText,
  agentJobReplyAckText,
  agentJobReplyText,
  agentJobTail,
  agentJobText,
  cancelPayload,
  commandPayload,
  jobIdOf,
  openControlChannelText,
  parseAgentJob,
  parseAgentJobAck,
  parseAgentJobReply,
  parseAgentJobReplyAck,
  parseAgentReply,
  parseCancelPayload,
  parseCommandPayload,
  parseJobId,
  parseOpenControlChannel,
  ProtocolError,
  topicKind,
  topicOf,
} from './channel.ts';

const COMMAND = 'ecf18122-5192-40cf-9ab5-a3c714db5f01';
const NODE = 'mi-000a93ebb5f1c28eb';
const JOB = `aws.ssm.${COMMAND}.${NODE}`;

/** As the stock agent was seen to send them. */
const OPENING =
  '{"Cookie":null,"MessageSchemaVersion":"1.0","RequestId":"404343d0-1f0f-4f5c-9d70-3a1d3f0f8a11","TokenValue":"TOKbab9","AgentVersion":"3.3.0.0","PlatformType":"linux"}';
const ACK =
  '{"jobId":"aws.ssm.ecf18122-5192-40cf-9ab5-a3c714db5f01.mi-000a93ebb5f1c28eb","acknowledgedMessageId":"c5332056-0757-4f54-9d46-1b288b12f73e","createdDate":"2026-11-20T15:25:07.506Z","statusCode":"200","errorMessage":"Successful"}';
const REPLY =
  '{"additionalInfo":{"agent":{"lang":"en-US","name":"amazon-ssm-agent","os":"","osver":"1","ver":"3.3.0.0"},"dateTime":"2026-11-20T15:36:07.444Z","runId":"","runtimeStatusCounts":{"Success":1},"ableToOpenMGSConnection":false},"documentStatus":"InProgress","documentTraceOutput":"","runtimeStatus":{"aws:runShellScript":{"status":"Success","code":0,"name":"aws:runShellScript","output":"over-mds\\n","startDateTime":"2026-11-20T15:36:07.410Z","endDateTime":"2026-11-20T15:36:07.442Z","outputS3BucketName":"","outputS3KeyPrefix":"","stepName":"","standardOutput":"over-mds\\n","standardError":""}}}';

test('the opening frame is read and written as the stock agent does', () => {
  const open = parseOpenControlChannel(OPENING);
  assert.deepEqual(open, {
    requestId: '404343d0-1f0f-4f5c-9d70-3a1d3f0f8a11',
    tokenValue: 'TOKbab9',
    agentVersion: '3.3.0.0',
    platformType: 'linux',
    extensions: [],
  });
  assert.equal(openControlChannelText(open), OPENING);
  const extended = { ...open, extensions: ['output-stream/1'] };
  assert.deepEqual(parseOpenControlChannel(openControlChannelText(extended)), extended);
});

test('an opening frame without token, not JSON or too long is refused', () => {
  for (const frame of [
    '',
    '[]',
    'null',
    '{}',
    '{"MessageSchemaVersion":"1.0","TokenValue":""}',
    `{"MessageSchemaVersion":"1.0","TokenValue":"${'x'.repeat(3000)}"}`,
  ])
    assert.throws(() => parseOpenControlChannel(frame), ProtocolError, frame);
});

test('an acknowledgement is read and written byte for byte', () => {
  const ack = parseAgentJobAck(Buffer.from(ACK));
  assert.equal(ack.jobId, JOB);
  assert.equal(ack.statusCode, '200');
  assert.equal(agentJobAckText(ack), ACK);
});

test('an acknowledgement of an old agent, which has no status code, counts as taken', () => {
  assert.equal(parseAgentJobAck(Buffer.from(`{"jobId":"${JOB}","acknowledgedMessageId":"x"}`)).statusCode, '200');
});

test('status codes say what to do, unknown ones are tried a few times', () => {
  assert.deepEqual(['200', '51405', '51401', '51402', '51499', '60000', '51403', '51406', '51408', '__proto__'].map(ackMeaning), [
    'accepted',
    'accepted',
    'retry',
    'retry',
    'retry-few',
    'retry-few',
    'refused',
    'refused',
    'refused',
    'retry-few',
  ]);
});

test('a job for one node is its id and a tail that all nodes share', () => {
  const content = '{"CommandId":"x","text":"quote \\" and ž"}';
  const tail = agentJobTail(topicOf('sendCommand', 'us-east-1'), content);
  const text = agentJobText(jobIdOf(COMMAND, NODE), tail);
  assert.equal(text, JSON.stringify({ SchemaVersion: 1, JobId: JOB, Topic: 'aws.ssm.sendCommand.us-east-1', Content: content }));
  assert.deepEqual(parseAgentJob(Buffer.from(text)), { jobId: JOB, topic: 'aws.ssm.sendCommand.us-east-1', content });
});

test('job ids are parsed strictly', () => {
  assert.deepEqual(parseJobId(JOB), { commandUuid: COMMAND, nodeId: NODE });
  assert.deepEqual(parseJobId(jobIdOf(COMMAND, 'i-0123456789abcdef0'))?.nodeId, 'i-0123456789abcdef0');
  for (const wrong of [
    '',
    COMMAND,
    `aws.ssm.${COMMAND}`,
    `${JOB}x`,
    ` ${JOB}`,
    `${JOB}\n`,
    JOB.toUpperCase(),
    `aws.ssm.${COMMAND}.mi-1`,
    `aws.ssm.x"y.${NODE}`,
  ])
    assert.equal(parseJobId(wrong), undefined, wrong);
});

test('topics are told apart by their beginning', () => {
  assert.equal(topicKind('aws.ssm.sendCommand'), 'sendCommand');
  assert.equal(topicKind('aws.ssm.sendCommand.eu-west-1.mi-1'), 'sendCommand');
  assert.equal(topicKind('aws.ssm.cancelCommand.x'), 'cancelCommand');
  assert.equal(topicKind('aws.ssm.other'), undefined);
});

test('replies and their acknowledgements survive the way there', () => {
  const reply = { jobId: JOB, topic: 'aws.ssm.sendCommand', content: REPLY };
  assert.deepEqual(parseAgentJobReply(Buffer.from(agentJobReplyText(reply))), reply);
  assert.equal(agentJobReplyText(reply).startsWith('{"schemaVersion":1,"jobId":"aws.ssm.'), true);
  assert.deepEqual(parseAgentJobReplyAck(Buffer.from(agentJobReplyAckText(JOB, COMMAND))), {
    jobId: JOB,
    acknowledgedMessageId: COMMAND,
  });
});

test('command and cancel payloads are what the stock agent reads', () => {
  const command = {
    commandId: COMMAND,
    documentName: 'AWS-RunShellScript',
    parameters: { commands: ['echo hello'], executionTimeout: '3600' },
    documentContent: { schemaVersion: '2.2', mainSteps: [] },
    outputS3BucketName: '',
    outputS3KeyPrefix: '',
    cloudWatchLogGroupName: '',
    cloudWatchOutputEnabled: false,
  };
  const text = commandPayload(command);
  assert.match(text, /"CloudWatchOutputEnabled":"false"/);
  assert.deepEqual(parseCommandPayload(text), command);
  assert.equal(cancelPayload({ cancelMessageId: JOB }), `{"CancelMessageId":"${JOB}"}`);
  assert.deepEqual(parseCancelPayload(`{"CancelMessageId":"${JOB}"}`), { cancelMessageId: JOB });
  assert.throws(() => parseCommandPayload('{"CommandId":"x","DocumentName":"y","DocumentContent":"{}"}'), ProtocolError);
});

test('the stock agent’s report is read whole', () => {
  assert.deepEqual(parseAgentReply(REPLY), JSON.parse(REPLY));
});

test('a first report, which has nulls and gaps, gets neutral values', () => {
  const reply = parseAgentReply(
    '{"documentStatus":"InProgress","runtimeStatus":null,"additionalInfo":{"runtimeStatusCounts":null}}',
  );
  assert.equal(reply.runtimeStatus, null);
  assert.equal(reply.additionalInfo.runtimeStatusCounts, null);
  assert.equal(reply.additionalInfo.agent.name, '');
  const step = parseAgentReply('{"documentStatus":"Failed","runtimeStatus":{"s":{"status":"Failed"}}}').runtimeStatus?.['s'];
  assert.equal(step?.startDateTime, '0001-01-01T00:00:00Z');
  assert.equal(step?.code, 0);
});

test('long output is cut between characters, and NUL is replaced', () => {
  const longText = `${'x'.repeat(23_999)}😀tail`;
  const step = parseAgentReply(
    JSON.stringify({
      documentStatus: 'Success',
      runtimeStatus: { s: { status: 'Success', standardOutput: longText, standardError: 'a\0b', output: 'y'.repeat(3000) } },
    }),
  ).runtimeStatus?.['s'];
  assert.equal(step?.standardOutput, 'x'.repeat(23_999));
  assert.equal(step?.standardError, 'a\ufffdb');
  assert.equal(step?.output.length, 2_500);
});

test('a malicious report is refused with a sentence', () => {
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`s${n}`, { status: 'Success' }]));
  for (const reply of [
    'x',
    '[]',
    '{}',
    '{"documentStatus":"Exploded"}',
    '{"documentStatus":"Success","runtimeStatus":[]}',
    '{"documentStatus":"Success","runtimeStatus":{"s":1}}',
    '{"documentStatus":"Success","runtimeStatus":{"s":{"status":"Success","code":1.5}}}',
    '{"documentStatus":"Success","runtimeStatus":{"s":{"status":"Success","standardOutput":{}}}}',
    JSON.stringify({ documentStatus: 'Success', runtimeStatus: many }),
    JSON.stringify({ documentStatus: 'Success', runtimeStatus: { ['k'.repeat(300)]: { status: 'Success' } } }),
  ])
    assert.throws(() => parseAgentReply(reply), ProtocolError, reply.slice(0, 80));
  const proto = parseAgentReply('{"documentStatus":"Success","runtimeStatus":{"__proto__":{"status":"Success"}}}');
  assert.deepEqual(Object.keys(proto.runtimeStatus ?? {}), ['__proto__']);
  assert.equal(Object.getPrototypeOf(proto.runtimeStatus), Object.prototype);
});

test('no JSON at all makes a parser throw anything but ProtocolError', () => {
  const members = fc.constantFrom(
    'jobId',
    'JobId',
    'content',
    'Content',
    'topic',
    'Topic',
    'documentStatus',
    'runtimeStatus',
    'TokenValue',
  );
  const anyJson = fc.oneof(
    fc.json(),
    fc.dictionary(members, fc.jsonValue()).map((value) => JSON.stringify(value)),
    fc.string(),
  );
  fc.assert(
    fc.property(anyJson, (json) => {
      const payload = Buffer.from(json);
      for (const parse of [
        () => parseAgentJob(payload),
        () => parseAgentJobAck(payload),
        () => parseAgentJobReply(payload),
        () => parseAgentJobReplyAck(payload),
        () => parseOpenControlChannel(json),
        () => parseAgentReply(json),
        () => parseCommandPayload(json),
        () => parseCancelPayload(json),
      ]) {
        try {
          parse();
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }
    }),
  );
});
