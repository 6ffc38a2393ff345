// The hash in the string to sign is of the bytes that were on the wire.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringToSign } from './canonical.ts';

test('a canonical request is hashed byte by byte, whatever the bytes are', () => {
  const claim = { timestamp: '20261120T152435Z', scope: '20261120/us-east-1/ssm/aws4_request' };
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ max: 127, maxLength: 200 })), (bytes) => {
      const digest = createHash('sha256').update(bytes).digest('hex');
      assert.equal(
        stringToSign(claim, Buffer.from(bytes).toString('latin1')),
        `AWS4-HMAC-SHA256\n${claim.timestamp}\n${claim.scope}\n${digest}`,
      );
    }),
  );
});
