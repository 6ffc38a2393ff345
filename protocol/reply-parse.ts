// Reads what an agent reports about a document. Absent members get their neutral value, output is cut to what AWS keeps, and the
// number of steps and every length is bounded: an agent may be malicious, but a true report of a long output is never refused.
import { field, isJsonObject, jsonObject, wholeNumber } from './json-fields.ts';
import { ProtocolError } from './protocol-error.ts';
import type { JsonObject } from './json-fields.ts';
import type { AgentReply, AgentStatus, AgentStepResult } from './reply.ts';

/** More steps than any document may have. */
const STEPS_MAX = 200;
/** Characters that are kept of each. */
const CHARACTERS_MAX = { standardOutput: 24_000, standardError: 24_000, output: 2_500, documentTraceOutput: 2_500 };
const LENGTH_MAX = { name: 256, date: 64, bucket: 256, key: 1_024, status: 32 };
/** What a step that did not start says. */
const ZERO_TIME = '0001-01-01T00:00:00Z';

const STATUSES: ReadonlySet<string> = new Set<AgentStatus>([
  'NotStarted',
  'InProgress',
  'Success',
  'SuccessAndReboot',
  'PassedAndReboot',
  'Failed',
  'Cancelled',
  'TimedOut',
  'Skipped',
  'TestFailure',
  'TestPass',
]);

function isStatus(value: string): value is AgentStatus {
  return STATUSES.has(value);
}

function status(json: JsonObject, name: string): AgentStatus {
  const value = field(json, name, LENGTH_MAX.status, '');
  if (!isStatus(value)) throw new ProtocolError(`${name} is not a status that agents report.`);
  return value;
}

/** Text that every store can hold: cut between characters, and without NUL, which PostgreSQL refuses. */
function output(json: JsonObject, name: keyof typeof CHARACTERS_MAX): string {
  const value = json[name];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new ProtocolError(`${name} is not a string.`);
  const max = CHARACTERS_MAX[name];
  let kept = value;
  if (value.length > max) {
    const last = value.charCodeAt(max - 1);
    kept = value.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
  }
  return kept.includes('\0') ? kept.replaceAll('\0', '\ufffd') : kept;
}

function step(value: unknown): AgentStepResult {
  if (!isJsonObject(value)) throw new ProtocolError('A step of runtimeStatus is not a JSON object.');
  return {
    status: status(value, 'status'),
    code: wholeNumber(value, 'code', 0),
    name: field(value, 'name', LENGTH_MAX.name, ''),
    output: output(value, 'output'),
    startDateTime: field(value, 'startDateTime', LENGTH_MAX.date, ZERO_TIME),
    endDateTime: field(value, 'endDateTime', LENGTH_MAX.date, ZERO_TIME),
    outputS3BucketName: field(value, 'outputS3BucketName', LENGTH_MAX.bucket, ''),
    outputS3KeyPrefix: field(value, 'outputS3KeyPrefix', LENGTH_MAX.key, ''),
    stepName: field(value, 'stepName', LENGTH_MAX.name, ''),
    standardOutput: output(value, 'standardOutput'),
    standardError: output(value, 'standardError'),
  };
}

/** Null and absent are the same; Object.fromEntries makes even `__proto__` an ordinary member. */
function record<Value>(json: JsonObject, name: string, read: (value: unknown) => Value): Record<string, Value> | null {
  const value = json[name];
  if (value === undefined || value === null) return null;
  if (!isJsonObject(value)) throw new ProtocolError(`${name} is not a JSON object.`);
  const entries = Object.entries(value);
  if (entries.length > STEPS_MAX) throw new ProtocolError(`${name} has more than ${STEPS_MAX} members.`);
  if (entries.some(([key]) => key.length > LENGTH_MAX.name || key.includes('\0')))
    throw new ProtocolError(`${name} has a member whose name is not one of at most ${LENGTH_MAX.name} characters.`);
  return Object.fromEntries(entries.map(([key, member]) => [key, read(member)]));
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new ProtocolError('A runtimeStatusCounts is not a whole number.');
  return value;
}

function additionalInfo(json: JsonObject): AgentReply['additionalInfo'] {
  const info = isJsonObject(json['additionalInfo']) ? json['additionalInfo'] : {};
  const agent = isJsonObject(info['agent']) ? info['agent'] : {};
  const able = info['ableToOpenMGSConnection'];
  return {
    agent: {
      lang: field(agent, 'lang', LENGTH_MAX.name, ''),
      name: field(agent, 'name', LENGTH_MAX.name, ''),
      os: field(agent, 'os', LENGTH_MAX.name, ''),
      osver: field(agent, 'osver', LENGTH_MAX.name, ''),
      ver: field(agent, 'ver', LENGTH_MAX.name, ''),
    },
    dateTime: field(info, 'dateTime', LENGTH_MAX.date, ''),
    runId: field(info, 'runId', LENGTH_MAX.name, ''),
    runtimeStatusCounts: record(info, 'runtimeStatusCounts', count),
    ...(typeof able === 'boolean' ? { ableToOpenMGSConnection: able } : {}),
  };
}

/** `json` is the content of an `agent_job_reply` or the `Payload` of a SendReply. Throws ProtocolError. */
export function parseAgentReply(json: string): AgentReply {
  const reply = jsonObject(json, 'The reply');
  return {
    additionalInfo: additionalInfo(reply),
    documentStatus: status(reply, 'documentStatus'),
    documentTraceOutput: output(reply, 'documentTraceOutput'),
    runtimeStatus: record(reply, 'runtimeStatus', step),
  };
}
