// What a policy is told of a use, asked for one by one and looked at whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AccountId, Region } from '../../platform/ids.ts';
import { FactsOfUse } from './facts-of-use.ts';
import type { Key } from './key.ts';

const KEY: Key = {
  account: '000000000000' as AccountId,
  region: 'us-east-1' as Region,
  keyId: '00000000-0000-4000-8000-000000000000',
  manager: 'CUSTOMER',
  spec: 'SYMMETRIC_DEFAULT',
  description: '',
  state: 'Enabled',
  policy: '{}',
  createdAt: new Date(0),
  version: 1,
  deletionAt: undefined,
  deletionDays: undefined,
  rotationDays: undefined,
  rotationAt: undefined,
};
const callerAccount = '111122223333' as AccountId;

test('a use is known by its caller, its key, its service, its alias and its context', () => {
  const context = { PARAMETER_ARN: 'arn:x', App: 'one', app: 'two' };
  const facts = new FactsOfUse(KEY, { callerAccount, context, viaService: 'ssm.us-east-1.amazonaws.com', alias: 'alias/a' });
  assert.deepEqual(
    new Map(facts),
    new Map([
      ['kms:calleraccount', ['111122223333']],
      ['kms:keyspec', ['SYMMETRIC_DEFAULT']],
      ['kms:keyusage', ['ENCRYPT_DECRYPT']],
      ['kms:keyorigin', ['AWS_KMS']],
      ['kms:encryptioncontextkeys', ['PARAMETER_ARN', 'App', 'app']],
      ['kms:encryptioncontext:parameter_arn', ['arn:x']],
      // Names have no case: two that differ by nothing else are one key with several values.
      ['kms:encryptioncontext:app', ['one', 'two']],
      ['kms:viaservice', ['ssm.us-east-1.amazonaws.com']],
      ['kms:requestalias', ['alias/a']],
    ]),
  );
});

test('what is seen whole is what is told one by one, and as many', () => {
  const names = fc.oneof(fc.constantFrom('a', 'A', 'b', '', 'keys', 'é', 'É'), fc.string({ maxLength: 3 }));
  const uses = fc.record({
    context: fc.option(fc.dictionary(names, fc.string({ maxLength: 3 }), { maxKeys: 5 }), { nil: undefined }),
    alias: fc.option(fc.constant('alias/a'), { nil: undefined }),
  });
  fc.assert(
    fc.property(uses, fc.boolean(), (use, isVia) => {
      const facts = new FactsOfUse(KEY, { callerAccount, ...use, ...(isVia ? { viaService: 'ssm' } : {}) });
      const { size } = facts;
      const whole = [...facts];
      assert.equal(size, whole.length);
      for (const [name, values] of whole) assert.deepEqual(facts.get(name), values);
      const visited: [string, readonly string[]][] = [];
      facts.forEach((values, name) => visited.push([name, values]));
      assert.deepEqual(visited, whole);
      assert.deepEqual(
        [...facts.keys()],
        whole.map(([name]) => name),
      );
      assert.deepEqual(
        [...facts.values()],
        whole.map(([, values]) => values),
      );
      for (const name of ['kms:encryptioncontext', 'kms:encryptioncontext:none of these', 'kms:viaservic', 'aws:sourceip'])
        assert.equal(facts.has(name), false);
    }),
  );
});
