// Pieces of output on the wire: what is written is read, and whatever else arrives is refused with a ProtocolError, never with another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  extensionsText,
  OUTPUT_PIECE_BYTES_MAX,
  outputAckPayload,
  outputPiecePayload,
  parseExtensions,
  parseOutputAck,
  parseOutputPiece,
} from './output-stream.ts';
import type { OutputPiece } from './output-stream.ts';
import { ProtocolError } from './protocol-error.ts';

const JOB_ID = 'aws.ssm.ecf18122-5192-40cf-9ab5-a3c714db5f01.mi-0123456789abcdef0';
const PIECE: OutputPiece = {
  jobId: JOB_ID,
  stepName: 'one',
  stream: 'stderr',
  offset: 70_000_000_000,
  gapBytes: 5,
  last: true,
  bytes: Buffer.from([0, 255, 10]),
};

const stream = fc.constantFrom('stdout', 'stderr');
const stepName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((name) => Buffer.byteLength(name) <= 255 && !name.includes('\0') && !name.includes('\ufffd'));

test('a piece is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.record({
        jobId: fc.constant(JOB_ID),
        stepName,
        stream,
        offset: fc.integer({ min: 1_000, max: 2 ** 50 }),
        gapBytes: fc.integer({ min: 0, max: 1_000 }),
        last: fc.boolean(),
        bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      }),
      (piece) => assert.deepEqual(parseOutputPiece(outputPiecePayload(piece)), { ...piece }),
    ),
  );
});

test('an acknowledgement is read as it was written', () => {
  for (const closed of [true, false]) {
    const ack = { jobId: JOB_ID, stepName: 'zwölf', stream: 'stdout', nextOffset: 12, closed } as const;
    assert.deepEqual(parseOutputAck(outputAckPayload(ack)), ack);
  }
});

test('bytes and mutations of a piece are read or refused, and never anything else', () => {
  const read = (payload: Buffer): void => {
    for (const parse of [parseOutputPiece, parseOutputAck, parseExtensions]) {
      try {
        parse(payload);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => read(Buffer.from(bytes))),
    { numRuns: 2_000 },
  );
  const whole = outputPiecePayload(PIECE);
  for (let length = 0; length < whole.length; length++) read(whole.subarray(0, length));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const mutated = Buffer.from(whole);
      mutated[at] = value;
      read(mutated);
    }),
    { numRuns: 2_000 },
  );
});

test('a piece that is too long, a gap before the stream, and strange names are refused', () => {
  assert.throws(() => outputPiecePayload({ ...PIECE, bytes: Buffer.alloc(OUTPUT_PIECE_BYTES_MAX + 1) }), ProtocolError);
  const long = Buffer.concat([
    outputPiecePayload({ ...PIECE, bytes: Buffer.alloc(0) }),
    Buffer.alloc(OUTPUT_PIECE_BYTES_MAX + 1),
  ]);
  assert.throws(() => parseOutputPiece(long), /more than 65536 bytes/);
  assert.throws(() => parseOutputPiece(outputPiecePayload({ ...PIECE, offset: 4 })), /gap begins before/);
  assert.throws(() => outputPiecePayload({ ...PIECE, stepName: '' }), ProtocolError);
  assert.throws(() => parseOutputPiece(outputPiecePayload({ ...PIECE, jobId: 'aws.ssm.nobody' })), /job id/);
});

test('the extensions that a server understands are a list of names', () => {
  assert.deepEqual(parseExtensions(Buffer.from(extensionsText(['output-stream/1']))), ['output-stream/1']);
  assert.deepEqual(parseExtensions(Buffer.from('{"extensions":[1,"a"]}')), ['a']);
});
