// Page tokens are opaque, tamper-evident, and good for the call that made them only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AccountId, Region, Scope } from '../ids.ts';
import { createPageTokens } from './index.ts';

const scope: Scope = { account: '111122223333' as AccountId, region: 'eu-west-1' as Region };
const tokens = createPageTokens(Buffer.alloc(32, 7));
const invalid = { name: 'InvalidNextToken', message: 'The specified token is not valid.' };

test('a position comes back from its token', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), (position) => {
      // JSON has no -0.
      const plain = JSON.parse(JSON.stringify(position)) as typeof position;
      fc.pre(JSON.stringify(plain).length < 600);
      const token = tokens.encode('ListCommands', scope, plain as never);
      assert.match(token, /^[\w-]{1,1000}$/);
      assert.deepEqual(tokens.decode('ListCommands', scope, token), plain);
    }),
  );
});

test('any changed character is refused', () => {
  const token = tokens.encode('ListCommands', scope, ['2027-01-01', 'abc']);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...Array.from('ABZaz09-_=+/ \n\u00e9')), (at, character) => {
      fc.pre(token[at] !== character);
      assert.throws(() => tokens.decode('ListCommands', scope, token.slice(0, at) + character + token.slice(at + 1)), invalid);
    }),
    { numRuns: 2_000 },
  );
});

test('any flipped bit is refused', () => {
  const token = tokens.encode('ListCommands', scope, ['2027-01-01', 'abc']);
  const bytes = Buffer.from(token, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.throws(() => tokens.decode('ListCommands', scope, flipped.toString('base64url')), invalid);
  }
});

test('a token is worth nothing cut, lengthened, made up, in another operation, account, region, or under another key', () => {
  const token = tokens.encode('ListCommands', scope, 'position');
  for (const wrong of ['', 'x', token.slice(0, -1), `${token}A`, `${token}=`, 'A'.repeat(1_001), 'A'.repeat(1_000_000)]) {
    assert.throws(() => tokens.decode('ListCommands', scope, wrong), invalid);
  }
  assert.throws(() => tokens.decode('ListDocuments', scope, token), invalid);
  assert.throws(() => tokens.decode('ListCommands', { ...scope, account: '999988887777' as AccountId }, token), invalid);
  assert.throws(() => tokens.decode('ListCommands', { ...scope, region: 'us-east-1' as Region }, token), invalid);
  assert.throws(() => createPageTokens(Buffer.alloc(32, 8)).decode('ListCommands', scope, token), invalid);
});

test('a position that does not fit into a token is the programmer’s mistake', () => {
  assert.throws(() => tokens.encode('ListCommands', scope, 'x'.repeat(800)), RangeError);
});
