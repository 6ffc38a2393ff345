// What a policy is told of a use of a key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  const context = { PARAMETER_ARN: 'arn:x', App: 'one', app: 'two', '': 'nameless' };
  const facts = new FactsOfUse(KEY, { callerAccount, context, viaService: 'ssm.us-east-1.amazonaws.com', alias: 'alias/a' });
  for (const [name, values] of [
    ['kms:calleraccount', ['111122223333']],
    ['kms:keyspec', ['SYMMETRIC_DEFAULT']],
    ['kms:keyusage', ['ENCRYPT_DECRYPT']],
    ['kms:keyorigin', ['AWS_KMS']],
    ['kms:encryptioncontextkeys', ['PARAMETER_ARN', 'App', 'app', '']],
    ['kms:encryptioncontext:parameter_arn', ['arn:x']],
    // Names have no case: two that differ by nothing else are one key with several values.
    ['kms:encryptioncontext:app', ['one', 'two']],
    ['kms:encryptioncontext:', ['nameless']],
    ['kms:viaservice', ['ssm.us-east-1.amazonaws.com']],
    ['kms:requestalias', ['alias/a']],
  ] as const)
    assert.deepEqual(facts.get(name), values, name);
});

test('what a use does not have is not there, instead of empty', () => {
  for (const context of [undefined, {}]) {
    const facts = new FactsOfUse({ ...KEY, spec: 'HMAC_256' }, { callerAccount, context });
    assert.deepEqual(facts.get('kms:keyusage'), ['GENERATE_VERIFY_MAC']);
    for (const name of [
      'kms:encryptioncontextkeys',
      'kms:encryptioncontext:app',
      'kms:viaservice',
      'kms:requestalias',
      'aws:sourceip',
    ])
      assert.equal(facts.get(name), undefined, name);
  }
});
