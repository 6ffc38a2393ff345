// The condition keys of a caller, looked up one by one, against all of them written down at once.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRandom, type Random } from '@muster/testkit/random.ts';
import { administrator, anonymous, nodePrincipal, testScope } from '@muster/testkit/request-context.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import type { NodeId } from '../../../platform/ids.ts';
import { type Call, principalKeys, webIdentityKeys } from './caller.ts';
import { everyKey } from './every-key.fixture.ts';

const AT = new Date('2026-11-21T10:00:00.250Z');
const ISSUED = '2026-11-21T09:00:00Z';
const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/Issuer.example/path';
const TAGS = ['env', 'Env', 'TEAM', 'team', 'a/b', ''];

function maybe<Key extends string, Value>(random: Random, key: Key, value: Value): Partial<Record<Key, Value>> {
  const given: Partial<Record<Key, Value>> = {};
  if (random.chance(0.5)) given[key] = value;
  return given;
}

function someTags(random: Random): [string, string][] {
  return Array.from({ length: random.below(5) }, () => [random.pick(TAGS), random.pick(['', 'x', 'y'])]);
}

function randomPrincipal(random: Random): Principal {
  const common = { account: testScope.account, accessKeyId: 'ASIATEST', arn: 'arn:aws:iam::123456789012:user/ann' };
  const issued = maybe(random, 'issuedAt', ISSUED);
  return random.pick<() => Principal>([
    () => anonymous(),
    () => ({ ...administrator(), ...issued }),
    () => nodePrincipal(random.pick(['mi-1', 'i-1']) as NodeId),
    () => ({ kind: 'user', ...common, userId: 'AIDA', userName: 'ann', ...issued }),
    () => ({
      kind: 'role',
      ...common,
      userId: 'AROA:ann',
      roleName: 'ops',
      roleArn: 'arn:aws:iam::123456789012:role/ops',
      sessionName: 'ann',
      issuedAt: ISSUED,
      tags: Object.fromEntries(someTags(random)),
      transitiveTagKeys: [],
      sessionPolicies: undefined,
      ...maybe(random, 'sourceIdentity', 'ann'),
      ...maybe(random, 'provider', PROVIDER),
      ...maybe(random, 'subject', 'sub'),
      ...maybe(random, 'audience', 'aud'),
    }),
  ])();
}

function randomCall(random: Random): Call {
  return {
    at: AT,
    region: testScope.region,
    ...maybe(random, 'sourceIp', '10.0.0.1'),
    ...maybe(random, 'userAgent', ''),
    ...maybe(random, 'secure', random.chance(0.5)),
  };
}

it('a key that is looked up is what stands in the list of all keys, and no other key is there', () => {
  const names = new Set(['aws:nobody', 'aws:principaltag/nobody', 'aws:principaltag/', 'issuer.example/path:nobody']);
  for (let seed = 1; seed <= 3_000; seed++) {
    const random = createRandom(seed);
    const principal = randomPrincipal(random);
    const tags = new Map(someTags(random));
    const call = randomCall(random);
    const all = everyKey(principal, tags, call);
    for (const name of all.keys()) names.add(name);
    const keys = principalKeys(principal, tags, call);
    for (const name of names) {
      assert.deepEqual(keys.get(name), all.get(name), `${name}, seed ${seed}`);
      assert.deepEqual(keys.get(name), all.get(name), `${name} again, seed ${seed}`);
    }
  }
  assert.ok(names.size > 25, `only ${names.size} keys were seen`);
});

it('whoever has a token of an identity provider and nothing else brings the call and the provider', () => {
  const keys = webIdentityKeys({ at: AT, region: testScope.region, secure: true }, PROVIDER);
  assert.deepEqual(keys.get('aws:federatedprovider'), [PROVIDER]);
  assert.deepEqual(keys.get('aws:securetransport'), ['true']);
  assert.equal(keys.get('aws:sourceip'), undefined);
  assert.equal(keys.get('aws:principaltype'), undefined);
});
