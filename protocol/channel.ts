// What server and agent say to each other on a control channel: the text frame that opens it and the payloads of the job messages.
// Field names and their spelling are the stock agent's. Parsers expect hostile input: every length is bounded, nothing unknown is
// kept, and whatever does not fit throws ProtocolError.
import { field, jsonObject, text } from './json-fields.ts';
import { ProtocolError } from './protocol-error.ts';

export { ProtocolError } from './protocol-error.ts';
export { parseAgentReply } from './reply-parse.ts';
export { cancelPayload, commandPayload, parseCancelPayload, parseCommandPayload } from './command-payload.ts';
export type { CancelPayload, CommandPayload } from './command-payload.ts';

/** Message types of the control channel that Run Command uses. Others exist; a receiver drops what it does not know. */
export const MESSAGE_TYPE = {
  job: 'agent_job',
  jobAck: 'agent_job_ack',
  jobReply: 'agent_job_reply',
  jobReplyAck: 'agent_job_reply_ack',
} as const;

/** The stock agent closes its socket at frames above this, in either direction. */
export const FRAME_BYTES_MAX = 142_000;
/** A reply whose content is longer is never sent by the stock agent. */
export const REPLY_CONTENT_BYTES_MAX = 120_000;

/** Only the prefix of a topic says what it is; the rest is free. */
export const TOPIC_PREFIX = { sendCommand: 'aws.ssm.sendCommand', cancelCommand: 'aws.ssm.cancelCommand' } as const;

export function topicOf(kind: keyof typeof TOPIC_PREFIX, region: string): string {
  return `${TOPIC_PREFIX[kind]}.${region}`;
}

export function topicKind(topic: string): keyof typeof TOPIC_PREFIX | undefined {
  if (topic.startsWith(TOPIC_PREFIX.sendCommand)) return 'sendCommand';
  if (topic.startsWith(TOPIC_PREFIX.cancelCommand)) return 'cancelCommand';
  return undefined;
}

const LENGTH_MAX = { jobId: 80, topic: 256, id: 64, token: 2_048, date: 64, errorMessage: 1_024 };

const JOB_ID = /^aws\.ssm\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(mi-[0-9a-f]{17}|i-(?:[0-9a-f]{17}|[0-9a-f]{8}))$/;

export interface JobIdParts {
  readonly commandUuid: string;
  readonly nodeId: string;
}

/** `aws.ssm.<UUID>.<node id>`: the agent cuts the command id out of it. Also the MessageId of the long poll. */
export function jobIdOf(commandUuid: string, nodeId: string): string {
  return `aws.ssm.${commandUuid}.${nodeId}`;
}

/** Undefined when `jobId` is not one. */
export function parseJobId(jobId: string): JobIdParts | undefined {
  const match = JOB_ID.exec(jobId);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { commandUuid: match[1], nodeId: match[2] };
}

function jobIdField(json: Readonly<Record<string, unknown>>, name: string): string {
  const jobId = text(json, name, LENGTH_MAX.jobId);
  if (parseJobId(jobId) === undefined) throw new ProtocolError(`${name} is not of the form aws.ssm.<UUID>.<node id>.`);
  return jobId;
}

// --- The opening frame -------------------------------------------------------------------------------------------------------

export interface OpenControlChannel {
  readonly requestId: string;
  readonly tokenValue: string;
  readonly agentVersion: string;
  /** `linux`, `windows`, `darwin`. */
  readonly platformType: string;
  /** Extensions that a Muster agent offers, such as `output-stream/1`. The stock agent sends none. */
  readonly extensions: readonly string[];
}

const EXTENSIONS_MAX = 16;

/** The text frame, member by member as the stock agent writes it; `Extensions` only where there are any. */
export function openControlChannelText(open: OpenControlChannel): string {
  return JSON.stringify({
    Cookie: null,
    MessageSchemaVersion: '1.0',
    RequestId: open.requestId,
    TokenValue: open.tokenValue,
    AgentVersion: open.agentVersion,
    PlatformType: open.platformType,
    ...(open.extensions.length > 0 ? { Extensions: open.extensions } : {}),
  });
}

export function parseOpenControlChannel(frame: string): OpenControlChannel {
  const json = jsonObject(frame, 'The opening frame');
  text(json, 'MessageSchemaVersion', LENGTH_MAX.id);
  const extensions = json['Extensions'] ?? [];
  if (!Array.isArray(extensions) || extensions.length > EXTENSIONS_MAX)
    throw new ProtocolError(`Extensions is not a list of at most ${EXTENSIONS_MAX} names.`);
  return {
    requestId: field(json, 'RequestId', LENGTH_MAX.id, ''),
    tokenValue: text(json, 'TokenValue', LENGTH_MAX.token),
    agentVersion: field(json, 'AgentVersion', LENGTH_MAX.id, ''),
    platformType: field(json, 'PlatformType', LENGTH_MAX.id, ''),
    extensions: extensions.filter((name) => typeof name === 'string' && name.length <= LENGTH_MAX.id),
  };
}

// --- agent_job ---------------------------------------------------------------------------------------------------------------

export interface AgentJob {
  readonly jobId: string;
  readonly topic: string;
  /** JSON text: a command payload or a cancel payload. */
  readonly content: string;
}

/** What an `agent_job` holds behind its job id: the same for every node, so it is made once a command. */
export function agentJobTail(topic: string, content: string): string {
  return `","Topic":${JSON.stringify(topic)},"Content":${JSON.stringify(content)}}`;
}

/** The payload for one node. `jobId` must come from `jobIdOf`: it is not escaped. */
export function agentJobText(jobId: string, tail: string): string {
  return `{"SchemaVersion":1,"JobId":"${jobId}${tail}`;
}

export function parseAgentJob(payload: Buffer): AgentJob {
  const json = jsonObject(payload.toString('utf8'), 'The agent_job');
  return {
    jobId: jobIdField(json, 'JobId'),
    topic: text(json, 'Topic', LENGTH_MAX.topic),
    content: text(json, 'Content', FRAME_BYTES_MAX),
  };
}

// --- agent_job_ack -----------------------------------------------------------------------------------------------------------

/**
 * What a status code asks the server to do. `accepted`: the agent has the job. `retry`: it could not take it now. `retry-few`:
 * something is wrong that may pass; give up after some tries. `refused`: it will never take it.
 */
export type AckMeaning = 'accepted' | 'retry' | 'retry-few' | 'refused';

export const ACK_STATUS = {
  '200': { errorMessage: 'Successful', meaning: 'accepted' },
  '51401': { errorMessage: 'ClosedProcessor', meaning: 'retry' },
  '51402': { errorMessage: 'ProcessorBufferFull', meaning: 'retry' },
  '51403': { errorMessage: 'UnexpectedDocumentType', meaning: 'refused' },
  '51404': { errorMessage: 'ProcessorErrorCodeTranslationFailed', meaning: 'refused' },
  '51405': { errorMessage: 'DuplicateCommand', meaning: 'accepted' },
  '51406': { errorMessage: 'InvalidDocument', meaning: 'refused' },
  '51407': { errorMessage: 'ContainerNotSupported', meaning: 'refused' },
  '51408': { errorMessage: 'AgentJobMessageParseError', meaning: 'refused' },
  '51499': { errorMessage: 'UnexpectedError', meaning: 'retry-few' },
} as const satisfies Record<string, { errorMessage: string; meaning: AckMeaning }>;

export type AckStatusCode = keyof typeof ACK_STATUS;

/** A code that is not in the table counts as an unexpected error. */
export function ackMeaning(statusCode: string): AckMeaning {
  return Object.hasOwn(ACK_STATUS, statusCode) ? ACK_STATUS[statusCode as AckStatusCode].meaning : 'retry-few';
}

export interface AgentJobAck {
  readonly jobId: string;
  /** The MessageId of the `agent_job` it answers. */
  readonly acknowledgedMessageId: string;
  readonly createdDate: string;
  readonly statusCode: string;
  readonly errorMessage: string;
}

export function agentJobAckText(ack: AgentJobAck): string {
  const { jobId, acknowledgedMessageId, createdDate, statusCode, errorMessage } = ack;
  return JSON.stringify({ jobId, acknowledgedMessageId, createdDate, statusCode, errorMessage });
}

export function parseAgentJobAck(payload: Buffer): AgentJobAck {
  const json = jsonObject(payload.toString('utf8'), 'The agent_job_ack');
  return {
    jobId: jobIdField(json, 'jobId'),
    acknowledgedMessageId: field(json, 'acknowledgedMessageId', LENGTH_MAX.id, ''),
    createdDate: field(json, 'createdDate', LENGTH_MAX.date, ''),
    // Agents before 3.2.923.0 send no code: their acknowledgement means that they have it.
    statusCode: field(json, 'statusCode', LENGTH_MAX.id, '') || '200',
    errorMessage: field(json, 'errorMessage', LENGTH_MAX.errorMessage, ''),
  };
}

// --- agent_job_reply ---------------------------------------------------------------------------------------------------------

export interface AgentJobReply {
  readonly jobId: string;
  readonly topic: string;
  /** JSON text: see parseAgentReply. */
  readonly content: string;
}

export function agentJobReplyText(reply: AgentJobReply): string {
  return JSON.stringify({ schemaVersion: 1, jobId: reply.jobId, content: reply.content, topic: reply.topic });
}

export function parseAgentJobReply(payload: Buffer): AgentJobReply {
  const json = jsonObject(payload.toString('utf8'), 'The agent_job_reply');
  return {
    jobId: jobIdField(json, 'jobId'),
    topic: field(json, 'topic', LENGTH_MAX.topic, TOPIC_PREFIX.sendCommand),
    content: text(json, 'content', FRAME_BYTES_MAX),
  };
}

// --- agent_job_reply_ack -----------------------------------------------------------------------------------------------------

export interface AgentJobReplyAck {
  readonly jobId: string;
  /** The MessageId of the reply's header. */
  readonly acknowledgedMessageId: string;
}

/** Both values must have been parsed before: they are not escaped. */
export function agentJobReplyAckText(jobId: string, acknowledgedMessageId: string): string {
  return `{"jobId":"${jobId}","acknowledgedMessageId":"${acknowledgedMessageId}"}`;
}

export function parseAgentJobReplyAck(payload: Buffer): AgentJobReplyAck {
  const json = jsonObject(payload.toString('utf8'), 'The agent_job_reply_ack');
  return { jobId: jobIdField(json, 'jobId'), acknowledgedMessageId: text(json, 'acknowledgedMessageId', LENGTH_MAX.id) };
}
