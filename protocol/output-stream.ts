// The extension `output-stream/1` of the control channel: what a step writes, while it writes it. The agent offers the extension in its
// opening frame; a server that understands it answers `agent_extensions`, which it never sends to an agent that offered none.
// `agent_job_output` carries a piece of one stream, `agent_job_output_ack` says from which offset the server wants to go on: cumulative, sent
// after the piece is stored. Raw bytes behind a compact header (big endian), no base64:
//
//   1 version · 1 flags · 1 length of job id · 1 length of step name · 8 offset · 8 gap · job id · step name (UTF-8) · bytes
//
// Parsers expect hostile input: whatever does not fit throws ProtocolError.
import { jsonObject } from './json-fields.ts';
import { parseJobId } from './channel.ts';
import { ProtocolError } from './protocol-error.ts';

export const OUTPUT_STREAM = 'output-stream/1';

export const OUTPUT_MESSAGE_TYPE = {
  extensions: 'agent_extensions',
  output: 'agent_job_output',
  outputAck: 'agent_job_output_ack',
} as const;

/** Bytes of one piece: half of what a frame may hold, so that streams take turns. */
export const OUTPUT_PIECE_BYTES_MAX = 64 * 1024;
/** Bytes that a node may have sent and not got acknowledged, over all its streams. */
export const OUTPUT_WINDOW_BYTES = 256 * 1024;
/** What a node keeps of one stream: the head, then the tail in files of a quarter each, of which one is being filled. */
export const OUTPUT_KEPT = { headBytes: 32 * 1024 * 1024, tailBytes: 32 * 1024 * 1024 } as const;
/** Characters of a stream in a reply. */
const REPLY_CHARACTERS_MAX = 24_000;
/** How agents end a text that they have cut: ours and the stock agent. */
const CUT_MARK = /-{2,3}output truncated-{2,3}$/i;
/** Longer than either. */
const CUT_MARK_LENGTH = 24;
/** Characters of a step's name are at most 128 (of three bytes each, and none of four counts as two). */
const STEP_NAME_BYTES_MAX = 255;

export type OutputStreamName = 'stdout' | 'stderr';

export interface OutputPiece {
  readonly jobId: string;
  readonly stepName: string;
  readonly stream: OutputStreamName;
  /** Where in the stream the bytes stand. */
  readonly offset: number;
  /** So many bytes just before `offset` are not there any more: only the head and the tail of a long output are kept. */
  readonly gapBytes: number;
  /** Nothing comes behind these bytes. */
  readonly last: boolean;
  /** Empty, and not the last: a question where to go on. */
  readonly bytes: Buffer;
}

export interface OutputAck {
  readonly jobId: string;
  readonly stepName: string;
  readonly stream: OutputStreamName;
  /** Everything before is stored. */
  readonly nextOffset: number;
  /** The server wants no more of this stream. */
  readonly closed: boolean;
}

const VERSION = 1;
const HEADER_BYTES = 20;
const FLAG = { stderr: 1, last: 2, closed: 4 } as const;

interface Header {
  readonly flags: number;
  readonly jobId: string;
  readonly stepName: string;
  readonly stream: OutputStreamName;
  readonly offset: number;
  readonly gapBytes: number;
  readonly bytes: Buffer;
}

function encode(header: Header): Buffer {
  const jobId = Buffer.from(header.jobId);
  const stepName = Buffer.from(header.stepName);
  if (stepName.length === 0 || stepName.length > STEP_NAME_BYTES_MAX || jobId.length > 255)
    throw new ProtocolError(`The step name is not one of 1 to ${STEP_NAME_BYTES_MAX} bytes.`);
  const head = Buffer.alloc(HEADER_BYTES);
  head[0] = VERSION;
  head[1] = header.flags | (header.stream === 'stderr' ? FLAG.stderr : 0);
  head[2] = jobId.length;
  head[3] = stepName.length;
  head.writeBigUInt64BE(BigInt(header.offset), 4);
  head.writeBigUInt64BE(BigInt(header.gapBytes), 12);
  return Buffer.concat([head, jobId, stepName, header.bytes]);
}

function decode(payload: Buffer, name: string, flagsAllowed: number): Header {
  if (payload.length < HEADER_BYTES) throw new ProtocolError(`The ${name} is shorter than its header.`);
  const flags = payload[1] ?? 0;
  if (payload[0] !== VERSION || (flags & ~flagsAllowed) !== 0)
    throw new ProtocolError(`The ${name} is of another version, or has flags that are not known.`);
  const jobEnd = HEADER_BYTES + (payload[2] ?? 0);
  const stepEnd = jobEnd + (payload[3] ?? 0);
  if (payload.length < stepEnd || stepEnd === jobEnd) throw new ProtocolError(`The names of the ${name} are cut off or empty.`);
  const jobId = payload.toString('latin1', HEADER_BYTES, jobEnd);
  if (parseJobId(jobId) === undefined)
    throw new ProtocolError(`The job id of the ${name} is not of the form aws.ssm.<UUID>.<node id>.`);
  const stepName = payload.toString('utf8', jobEnd, stepEnd);
  if (stepName.includes('\0') || stepName.includes('\ufffd'))
    throw new ProtocolError(`The step name of the ${name} is not text.`);
  return {
    flags,
    jobId,
    stepName,
    stream: (flags & FLAG.stderr) === 0 ? 'stdout' : 'stderr',
    offset: wholeNumberAt(payload, 4, name),
    gapBytes: wholeNumberAt(payload, 12, name),
    bytes: payload.subarray(stepEnd),
  };
}

function wholeNumberAt(payload: Buffer, at: number, name: string): number {
  const value = payload.readBigUInt64BE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProtocolError(`A number of the ${name} is above 2^53-1.`);
  return Number(value);
}

export function outputPiecePayload(piece: OutputPiece): Buffer {
  if (piece.bytes.length > OUTPUT_PIECE_BYTES_MAX)
    throw new ProtocolError(`A piece has more than ${OUTPUT_PIECE_BYTES_MAX} bytes.`);
  return encode({ ...piece, flags: piece.last ? FLAG.last : 0 });
}

export function parseOutputPiece(payload: Buffer): OutputPiece {
  const header = decode(payload, OUTPUT_MESSAGE_TYPE.output, FLAG.stderr | FLAG.last);
  const { jobId, stepName, stream, offset, gapBytes, bytes, flags } = header;
  if (bytes.length > OUTPUT_PIECE_BYTES_MAX) throw new ProtocolError(`A piece has more than ${OUTPUT_PIECE_BYTES_MAX} bytes.`);
  if (gapBytes > offset) throw new ProtocolError('A gap begins before its stream.');
  if (offset + bytes.length > Number.MAX_SAFE_INTEGER) throw new ProtocolError('A piece ends above 2^53-1.');
  return { jobId, stepName, stream, offset, gapBytes, last: (flags & FLAG.last) !== 0, bytes };
}

export function outputAckPayload(ack: OutputAck): Buffer {
  const { jobId, stepName, stream, nextOffset, closed } = ack;
  return encode({
    flags: closed ? FLAG.closed : 0,
    jobId,
    stepName,
    stream,
    offset: nextOffset,
    gapBytes: 0,
    bytes: Buffer.alloc(0),
  });
}

export function parseOutputAck(payload: Buffer): OutputAck {
  const { jobId, stepName, stream, offset, flags } = decode(payload, OUTPUT_MESSAGE_TYPE.outputAck, FLAG.stderr | FLAG.closed);
  return { jobId, stepName, stream, nextOffset: offset, closed: (flags & FLAG.closed) !== 0 };
}

/** What the server answers to an opening frame with extensions: those of them that it understands. */
export function extensionsText(extensions: readonly string[]): string {
  return JSON.stringify({ extensions });
}

export function parseExtensions(payload: Buffer): readonly string[] {
  const { extensions } = jsonObject(payload.toString('utf8'), 'The agent_extensions');
  return Array.isArray(extensions) ? extensions.filter((name) => typeof name === 'string') : [];
}

/** Whether the text of a reply is all that the step wrote to that stream. The agent streams every other one, so both must judge alike. */
export function isWholeText(text: string): boolean {
  return text.length < REPLY_CHARACTERS_MAX && !CUT_MARK.test(text.slice(-CUT_MARK_LENGTH));
}
