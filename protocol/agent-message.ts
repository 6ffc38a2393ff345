// The binary envelope of every message on a control or data channel: a header of 120 bytes (big endian), then the payload.
// The length field says 116 because it does not count the payload's own length field. The message id stands with its two
// 8-byte halves swapped. Encoding makes one allocation; decoding copies nothing: the payload is a view of what arrived.
import { hash } from 'node:crypto';
import { ProtocolError } from './protocol-error.ts';

export { ProtocolError } from './protocol-error.ts';

export interface AgentMessage {
  /** 1 to 32 printable ASCII characters, no space at the end. */
  readonly messageType: string;
  readonly schemaVersion: number;
  /** Milliseconds since the epoch; never 0. */
  readonly createdDate: number;
  readonly sequenceNumber: number;
  /** Bit 0: first of a stream. Bit 1: last. Receivers ignore them. */
  readonly flags: number;
  /** A UUID in lower case. */
  readonly messageId: string;
  /** Of stream data only; 0 elsewhere. */
  readonly payloadType: number;
  readonly payload: Buffer;
}

export interface DecodeOptions {
  /** The session-manager-plugin checks the digest of a payload that is not empty, the stock agent does not. */
  readonly verifyDigest?: boolean;
}

/** What the header-length field holds. */
const HEADER_LENGTH = 116;
/** Where the payload starts. */
export const HEADER_BYTES = HEADER_LENGTH + 4;
const MESSAGE_TYPE_BYTES = 32;
const AT = {
  type: 4,
  schema: 36,
  created: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
  payloadLength: 116,
};
const UINT32_MAX = 0xffff_ffff;
const TWO_POW_32 = 0x1_0000_0000;
const SPACE = 0x20;

/** Where the sixteen bytes of a UUID stand in its text. */
const UUID_BYTE_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const UUID_LENGTH = 36;
const DASH = 0x2d;

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | SPACE;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isDashed(id: string): boolean {
  return (
    id.length === UUID_LENGTH &&
    id.charCodeAt(8) === DASH &&
    id.charCodeAt(13) === DASH &&
    id.charCodeAt(18) === DASH &&
    id.charCodeAt(23) === DASH
  );
}

function writeUuid(id: string, into: Buffer, at: number): void {
  if (!isDashed(id)) throw new ProtocolError('The message id is not a UUID.');
  for (let index = 0; index < 16; index++) {
    const from = UUID_BYTE_AT[index] ?? 0;
    const value = (hexDigit(id.charCodeAt(from)) << 4) | hexDigit(id.charCodeAt(from + 1));
    if (value < 0) throw new ProtocolError('The message id is not a UUID.');
    // The text's first eight bytes go behind its last eight.
    into[at + ((index + 8) & 15)] = value;
  }
}

function readUuid(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(16, 24)}-${hex.slice(24, 28)}-${hex.slice(28, 32)}-${hex.slice(0, 4)}-${hex.slice(4, 16)}`;
}

function writeUint64(value: number, into: Buffer, at: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new ProtocolError(`The ${name} is not a whole number from 0 to 2^53-1.`);
  into.writeUInt32BE(Math.floor(value / TWO_POW_32), at);
  into.writeUInt32BE(value >>> 0, at + 4);
}

function readUint64(bytes: Buffer, at: number, name: string): number {
  const value = bytes.readUInt32BE(at) * TWO_POW_32 + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new ProtocolError(`The ${name} is above 2^53-1.`);
  return value;
}

function writeUint32(value: number, into: Buffer, at: number, name: string): void {
  if (!Number.isInteger(value) || value < 0 || value > UINT32_MAX)
    throw new ProtocolError(`The ${name} is not a whole number of 32 bits.`);
  into.writeUInt32BE(value, at);
}

function isPrintable(type: string): boolean {
  for (let index = 0; index < type.length; index++) {
    const code = type.charCodeAt(index);
    if (code < SPACE || code > 0x7e) return false;
  }
  return true;
}

function writeType(type: string, into: Buffer): void {
  if (type.length === 0 || type.length > MESSAGE_TYPE_BYTES || !isPrintable(type) || type.endsWith(' '))
    throw new ProtocolError('The message type is not 1 to 32 printable ASCII characters.');
  into.fill(SPACE, AT.type, AT.schema);
  into.write(type, AT.type, 'latin1');
}

/** Padding is spaces; trailing NULs are taken for padding too. */
function readType(bytes: Buffer): string {
  let end = AT.schema;
  while (end > AT.type && (bytes[end - 1] === SPACE || bytes[end - 1] === 0)) end--;
  const type = bytes.toString('latin1', AT.type, end);
  if (type.length === 0) throw new ProtocolError('The message type is empty.');
  if (!isPrintable(type)) throw new ProtocolError('The message type is not printable ASCII.');
  return type;
}

/** What is left of a message when its payload is given as text: saves the caller a buffer. */
export type AgentTextMessage = Omit<AgentMessage, 'payload'> & { readonly payload: Buffer | string };

/** The whole message in one buffer. A payload given as text is written as UTF-8. */
export function encodeAgentMessage(message: AgentTextMessage): Buffer {
  const { payload } = message;
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  // Every byte is written below.
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes);
  bytes.writeUInt32BE(HEADER_LENGTH, 0);
  writeType(message.messageType, bytes);
  writeUint32(message.schemaVersion, bytes, AT.schema, 'schema version');
  writeUint64(message.createdDate, bytes, AT.created, 'created date');
  writeUint64(message.sequenceNumber, bytes, AT.sequence, 'sequence number');
  writeUint64(message.flags, bytes, AT.flags, 'flags field');
  writeUuid(message.messageId, bytes, AT.id);
  writeUint32(message.payloadType, bytes, AT.payloadType, 'payload type');
  writeUint32(payloadBytes, bytes, AT.payloadLength, 'payload length');
  if (typeof payload === 'string') bytes.write(payload, HEADER_BYTES, 'utf8');
  else bytes.set(payload, HEADER_BYTES);
  hash('sha256', bytes.subarray(HEADER_BYTES), 'buffer').copy(bytes, AT.digest);
  return bytes;
}

/** Throws ProtocolError. The payload of the answer is a view of `input`. */
export function decodeAgentMessage(input: Uint8Array, options: DecodeOptions = {}): AgentMessage {
  const bytes = Buffer.isBuffer(input) ? input : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length < HEADER_BYTES)
    throw new ProtocolError(`The message has ${bytes.length} bytes; its header alone has ${HEADER_BYTES}.`);
  const headerLength = bytes.readUInt32BE(0);
  if (headerLength !== HEADER_LENGTH) throw new ProtocolError(`The header length is ${headerLength}, not ${HEADER_LENGTH}.`);
  const payloadLength = bytes.readUInt32BE(AT.payloadLength);
  if (payloadLength !== bytes.length - HEADER_BYTES)
    throw new ProtocolError(
      `The payload length is ${payloadLength}, but ${bytes.length - HEADER_BYTES} bytes follow the header.`,
    );
  const messageType = readType(bytes);
  const schemaVersion = bytes.readUInt32BE(AT.schema);
  if (schemaVersion === 0) throw new ProtocolError('The schema version is 0.');
  const createdDate = readUint64(bytes, AT.created, 'created date');
  if (createdDate === 0) throw new ProtocolError('The created date is 0.');
  const payload = bytes.subarray(HEADER_BYTES);
  if (
    options.verifyDigest === true &&
    payloadLength > 0 &&
    !hash('sha256', payload, 'buffer').equals(bytes.subarray(AT.digest, AT.payloadType))
  )
    throw new ProtocolError('The payload does not have the digest that the header names.');
  return {
    messageType,
    schemaVersion,
    createdDate,
    sequenceNumber: readUint64(bytes, AT.sequence, 'sequence number'),
    flags: readUint64(bytes, AT.flags, 'flags field'),
    messageId: readUuid(bytes, AT.id),
    payloadType: bytes.readUInt32BE(AT.payloadType),
    payload,
  };
}
