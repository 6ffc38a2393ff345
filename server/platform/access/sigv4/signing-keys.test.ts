// The keys that are kept against signatures made step by step.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSigningKeys } from './signing-keys.ts';

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function signatureOf(scope: { date: string; region: string; service: string }, secret: string, text: string): string {
  const steps = [scope.date, scope.region, scope.service, 'aws4_request'];
  return hmac(
    steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secret}`)),
    text,
  ).toString('hex');
}

const use = fc.record({
  id: fc.constantFrom('A', 'B', 'C'),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  secret: fc.constantFrom('one', 'two'),
  text: fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  flipped: fc.option(fc.nat({ max: 63 }), { nil: undefined }),
});

test('a signature is taken when it is right for its scope, secret and text, whatever keys were used before and dropped', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 20 }), (uses) => {
      const keys = createSigningKeys(2);
      for (const { id, region, secret, text, flipped } of uses) {
        const parts = { date: '20261120', region, service: 'ssm' };
        const scope = { ...parts, credential: `${id}/20261120/${region}/ssm/aws4_request` };
        const right = signatureOf(parts, secret, text);
        const at = flipped ?? 64;
        const given = right.slice(0, at) + (flipped === undefined ? '' : right[at] === '0' ? '1' : '0') + right.slice(at + 1);
        assert.equal(keys.verify(scope, secret, text, given), flipped === undefined);
      }
    }),
  );
});

test('what is no signature in hex is none', () => {
  const scope = { date: '20261120', region: 'us-east-1', service: 'ssm', credential: 'A/20261120/us-east-1/ssm/aws4_request' };
  const right = signatureOf(scope, 'one', 'text');
  for (const given of ['', right.slice(1), `${right}0`, 'x'.repeat(64)])
    assert.equal(createSigningKeys().verify(scope, 'one', 'text', given), false);
});
