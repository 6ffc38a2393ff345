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

test('a key longer than a block is refused', () => {
  assert.throws(() => hmacKey(Buffer.alloc(65)), /at most 64/);
});
