// Grants over all inputs: nobody gains by passing on what they have, and a token is the grant's or none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AccountId, Region } from '../../../platform/ids.ts';
import { allows, type Constraints, type Grant } from './grant.ts';
import { grantToken, readGrantToken } from './grant-token.ts';

const contexts = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('x', 'y'), { maxKeys: 3 });
const constraints: fc.Arbitrary<Constraints> = fc.record({
  equals: fc.option(contexts, { nil: undefined }),
  subset: fc.option(contexts, { nil: undefined }),
});
const OPERATIONS = ['Decrypt', 'Encrypt', 'CreateGrant'] as const;
const grants = fc.record({ operations: fc.uniqueArray(fc.constantFrom(...OPERATIONS), { minLength: 1 }), constraints });

const ofKey = (given: Pick<Grant, 'operations' | 'constraints'>): Grant => ({
  account: '000000000000' as AccountId,
  region: 'us-east-1' as Region,
  keyId: '11111111-2222-3333-4444-555555555555',
  grantId: 'ab'.repeat(32),
  name: undefined,
  grantee: 'arn:aws:iam::000000000000:user/a',
  retiring: undefined,
  issuer: '000000000000' as AccountId,
  createdAt: new Date(0),
  ...given,
});

test('a grant that is made by the right of another allows nothing which that one does not', () => {
  let made = 0;
  fc.assert(
    fc.property(grants, grants, contexts, (parent, child, context) => {
      if (!allows(ofKey(parent), 'CreateGrant', { grant: child })) return;
      made++;
      for (const operation of ['Decrypt', 'Encrypt'] as const)
        if (allows(ofKey(child), operation, { context })) assert.ok(allows(ofKey(parent), operation, { context }));
    }),
    { numRuns: 3_000 },
  );
  assert.ok(made > 50, `${made} were made`);
});

test('a token names its grant; changed anywhere it is none', () => {
  const grant = ofKey({ operations: ['Decrypt'], constraints: { equals: undefined, subset: undefined } });
  const token = grantToken(grant);
  const { account, keyId, grantId } = grant;
  assert.deepEqual(readGrantToken(token), { account, keyId, grantId });
  const bytes = Buffer.from(token, 'base64');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(readGrantToken(flipped.toString('base64')), undefined);
  }
  fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => text === token || readGrantToken(text) === undefined));
});
