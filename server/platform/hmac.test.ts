// HMAC against the one of node:crypto.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hmacKey, hmacSha256 } from './hmac.ts';

test('it is the HMAC-SHA256 of node:crypto, for any key of a block and any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
      const expected = createHmac('sha256', key).update(message).digest('hex');
      assert.equal(hmacSha256(hmacKey(Buffer.from(key)), Buffer.from(message).toString('latin1')), expected);
    }),
  );
});

test('one key signs messages of any lengths, one after the other', () => {
  const key = Buffer.alloc(32, 'k');
  const kept = hmacKey(key);
  const message = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 90 }), fc.constant('long '.repeat(500)));
  fc.assert(
    fc.property(fc.array(message, { minLength: 2, maxLength: 6 }), (messages) => {
      for (const text of messages)
        assert.equal(hmacSha256(kept, text), createHmac('sha256', key).update(text, 'latin1').digest('hex'));
    }),
  );
});

test('a key longer than a block is refused', () => {
  assert.throws(() => hmacKey(Buffer.alloc(65)), /at most 64/);
});
