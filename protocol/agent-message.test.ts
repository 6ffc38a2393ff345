// The envelope against bytes that were seen on the wire, against itself, and against noise.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeAgentMessage, encodeAgentMessage, HEADER_BYTES, ProtocolError } from './agent-message.ts';
import type { AgentMessage } from './agent-message.ts';

/** An agent_job_ack of the stock agent as it was seen on the wire. */
const OBSERVED_HEADER = Buffer.from(
  [
    '00000074',
    '6167656e745f6a6f625f61636b20202020202020202020202020202020202020',
    '00000001',
    '000001a1f98fb639',
    '0000000000000000',
    '0000000000000000',
    'ac1d3924f05df41e',
    'b1e2090af0c043b6',
    '81907eb04a57fbba9153558418b71bb2374a52d099dc6f0833cfff5f95b056ae',
    '00000000',
    '000000e4',
  ].join(''),
  'hex',
);
const OBSERVED_PAYLOAD = Buffer.from(
  '{"jobId":"aws.ssm.ecf18122-5192-40cf-9ab5-a3c714db5f01.mi-000a93ebb5f1c28eb","acknowledgedMessageId":"c5332056-0757-4f54-9d46-1b288b12f73e","createdDate":"2026-11-20T15:25:07.506Z","statusCode":"200","errorMessage":"Successful"}',
);
const OBSERVED = Buffer.concat([OBSERVED_HEADER, OBSERVED_PAYLOAD]);
const OBSERVED_MESSAGE: AgentMessage = {
  messageType: 'agent_job_ack',
  schemaVersion: 1,
  createdDate: 1795188307513,
  sequenceNumber: 0,
  flags: 0,
  messageId: 'b1e2090a-f0c0-43b6-ac1d-3924f05df41e',
  payloadType: 0,
  payload: OBSERVED_PAYLOAD,
};

const messages = fc.record(
  {
    messageType: fc.constantFrom('agent_job', 'agent_job_ack', 'input_stream_data', 'a', 'x'.repeat(32)),
    schemaVersion: fc.integer({ min: 1, max: 0xffff_ffff }),
    createdDate: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    sequenceNumber: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    flags: fc.integer({ min: 0, max: 3 }),
    messageId: fc.uuid(),
    payloadType: fc.integer({ min: 0, max: 0xffff_ffff }),
    payload: fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);

const refusedOrDecoded = (bytes: Uint8Array): void => {
  try {
    assert.equal(decodeAgentMessage(bytes).payload.length, bytes.length - HEADER_BYTES);
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    assert.match(error.message, /^The .*\.$/);
  }
};

const withField = (at: number, hex: string): Buffer => {
  const bytes = Buffer.from(OBSERVED);
  bytes.set(Buffer.from(hex, 'hex'), at);
  return bytes;
};

test('the stock agent’s bytes decode, its digest agrees, and encoding gives the same bytes again', () => {
  assert.deepEqual(decodeAgentMessage(OBSERVED, { verifyDigest: true }), OBSERVED_MESSAGE);
  assert.equal(encodeAgentMessage(OBSERVED_MESSAGE).toString('hex'), OBSERVED.toString('hex'));
});

test('a payload given as text is written as UTF-8 and counted in bytes', () => {
  const encoded = encodeAgentMessage({ ...OBSERVED_MESSAGE, payload: 'žluť €' });
  assert.equal(encoded.readUInt32BE(116), Buffer.byteLength('žluť €'));
  assert.equal(decodeAgentMessage(encoded, { verifyDigest: true }).payload.toString(), 'žluť €');
  assert.deepEqual(encoded.subarray(80, 112), createHash('sha256').update('žluť €').digest());
});

test('the payload is a view of what arrived, not a copy, also of a Uint8Array with an offset', () => {
  const arrived = new Uint8Array(OBSERVED.length + 7);
  arrived.set(OBSERVED, 7);
  const decoded = decodeAgentMessage(arrived.subarray(7));
  assert.equal(decoded.payload.buffer, arrived.buffer);
  assert.equal(decoded.payload.toString(), OBSERVED_PAYLOAD.toString());
});

test('whatever is encoded decodes to the same', () => {
  fc.assert(
    fc.property(messages, (message) =>
      assert.deepEqual(decodeAgentMessage(encodeAgentMessage(message), { verifyDigest: true }), message),
    ),
  );
});

test('random bytes either decode or are refused with a sentence', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), refusedOrDecoded));
  // One byte of a good message changed: gets deeper than noise does.
  fc.assert(
    fc.property(fc.nat(OBSERVED.length - 1), fc.nat(255), (at, value) => {
      const changed = Buffer.from(OBSERVED);
      changed[at] = value;
      refusedOrDecoded(changed);
    }),
  );
  for (let length = 0; length < OBSERVED.length; length++)
    assert.throws(() => decodeAgentMessage(OBSERVED.subarray(0, length)), ProtocolError);
});

test('a changed payload is refused only where the digest is asked for', () => {
  const changed = Buffer.from(OBSERVED);
  changed[130] = 0x41;
  assert.throws(() => decodeAgentMessage(changed, { verifyDigest: true }), /digest/);
  assert.equal(decodeAgentMessage(changed).messageId, OBSERVED_MESSAGE.messageId);
});

test('trailing NULs pad a message type as spaces do', () => {
  const padded = Buffer.from(OBSERVED);
  padded.fill(0, 17, 36);
  assert.equal(decodeAgentMessage(padded).messageType, 'agent_job_ack');
});

test('header fields that no agent sends are refused', () => {
  assert.throws(() => decodeAgentMessage(withField(0, '00000078')), /header length is 120/);
  assert.throws(() => decodeAgentMessage(withField(4, '20'.repeat(32))), /type is empty/);
  assert.throws(() => decodeAgentMessage(withField(4, '07')), /printable/);
  assert.throws(() => decodeAgentMessage(withField(36, '00000000')), /schema version is 0/);
  assert.throws(() => decodeAgentMessage(withField(40, '0000000000000000')), /created date is 0/);
  assert.throws(() => decodeAgentMessage(withField(48, 'ffffffffffffffff')), /sequence number/);
  assert.throws(() => decodeAgentMessage(withField(116, '000000e5')), /payload length is 229/);
});

test('what cannot be written is refused before anything is sent', () => {
  assert.throws(
    () => encodeAgentMessage({ ...OBSERVED_MESSAGE, messageId: 'b1e2090a-f0c0-43b6-ac1d-3924f05df41g' }),
    ProtocolError,
  );
  assert.throws(() => encodeAgentMessage({ ...OBSERVED_MESSAGE, messageId: 'b1e2090af0c043b6ac1d3924f05df41e' }), ProtocolError);
  assert.throws(() => encodeAgentMessage({ ...OBSERVED_MESSAGE, messageType: 'x'.repeat(33) }), ProtocolError);
  assert.throws(() => encodeAgentMessage({ ...OBSERVED_MESSAGE, messageType: '' }), ProtocolError);
  assert.throws(() => encodeAgentMessage({ ...OBSERVED_MESSAGE, createdDate: -1 }), ProtocolError);
  assert.throws(() => encodeAgentMessage({ ...OBSERVED_MESSAGE, payloadType: 2 ** 32 }), ProtocolError);
});
