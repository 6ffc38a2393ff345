// The frames of one job on one node, as large as they are on the wire: what the raw echo exchanges.
import { randomUUID } from 'node:crypto';
import { encodeAgentMessage } from '@muster/protocol/agent-message.ts';

/** A document with a script of about 3.4 KB makes a job frame of 4 KB. */
export const SCRIPT = `# ${'x'.repeat(3_000)}`;
const JOB_BYTES = 4_096;
const ACK_BYTES = 228;
const REPLY_BYTES = [420, 900, 900] as const;
const REPLY_ACK_BYTES = 160;
const OUTPUT_CHARACTERS = 2_500;

function frame(messageType: string, bytes: number): Buffer {
  const payload = 'x'.repeat(bytes);
  return encodeAgentMessage({
    messageType,
    schemaVersion: 1,
    createdDate: 1,
    sequenceNumber: 0,
    flags: 0,
    messageId: randomUUID(),
    payloadType: 0,
    payload,
  });
}

export const JOB = frame('agent_job', JOB_BYTES);
/**
 * What a node sends for one job. The last two replies carry the output: whole as `standardOutput`, and once more, cut to 2,500 characters, as
 * `output`.
 */
export function upwardFrames(outputBytes: number): readonly Buffer[] {
  const [first, ...withOutput] = REPLY_BYTES;
  const carried = outputBytes + Math.min(outputBytes, OUTPUT_CHARACTERS);
  return [
    frame('agent_job_ack', ACK_BYTES),
    frame('agent_job_reply', first),
    ...withOutput.map((bytes) => frame('agent_job_reply', bytes + carried)),
  ];
}
export const REPLY_ACK = frame('agent_job_reply_ack', REPLY_ACK_BYTES);
/** Messages of one job in both directions. */
export const MESSAGES_PER_JOB = 1 + 1 + REPLY_BYTES.length + REPLY_BYTES.length;
/** Telling an ack from a reply without decoding. */
export const FIRST_REPLY_BYTES_MIN = REPLY_BYTES[0];
