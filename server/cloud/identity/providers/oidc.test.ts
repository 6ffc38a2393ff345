// Tokens of an identity provider: a real one over HTTPS with keys of its own. What is not exactly right is refused, nobody but a configured
// provider is asked, and no more often than it must be.
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createSimulatedClock, type SimulatedClock } from '@muster/testkit/clock.ts';
import { openTestDatabase, quietLog, temporaryDirectory } from '@muster/testkit/database.ts';
import { DISCOVERY, KEYS, type OidcIssuer, startOidcIssuer } from '@muster/testkit/oidc-issuer.ts';
import { createRandom } from '@muster/testkit/random.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/store/index.ts';
import { migrations } from '../index.ts';
import { createIdentityProviders, type IdentityProviders } from './oidc-providers.ts';
import { putProvider } from './oidc-store.ts';

const ACCOUNT = '123456789012' as AccountId;
const NOW = new Date('2027-01-01T00:00:00Z');
const SECONDS = NOW.getTime() / 1000;

interface Stage {
  readonly issuer: OidcIssuer;
  readonly providers: IdentityProviders;
  readonly clock: SimulatedClock;
  readonly claims: Readonly<Record<string, unknown>>;
  configure(thumbprints: readonly string[], clientIds?: readonly string[]): Promise<void>;
  /** What was made of a token: its subject, or the error's code and sentence. */
  verify(token: string, at?: Date): Promise<string>;
}

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory();
  await using issuer = await startOidcIssuer(directory.path);
  await using database: Database = await openTestDatabase([migrations]);
  const clock = createSimulatedClock(NOW);
  const providers = createIdentityProviders({ database, clock, log: quietLog });
  const configure: Stage['configure'] = async (thumbprints, clientIds = ['muster', 'other']) => {
    const url = issuer.url.slice('https://'.length);
    await database.write('test', (tx) => putProvider(tx, ACCOUNT, { url, clientIds, thumbprints, createdAt: NOW }));
  };
  await configure([issuer.thumbprints.authority]);
  await play({
    issuer,
    providers,
    clock,
    configure,
    claims: { iss: issuer.url, sub: 'alice', aud: 'muster', exp: SECONDS + 300, iat: SECONDS, nbf: SECONDS },
    async verify(token, at = clock.now()) {
      try {
        return (await providers.verify(ACCOUNT, token, at)).subject;
      } catch (error) {
        assert.ok(error instanceof Error);
        return `${'code' in error ? String(error.code) : error.name}: ${error.message}`;
      }
    },
  });
}

test('a token signed in any of the three ways is taken, and says who and for whom', () =>
  onStage(async ({ issuer, providers, claims }) => {
    for (const algorithm of ['RS256', 'PS256', 'ES256'] as const) {
      const token = issuer.token(
        { ...claims, aud: ['strange', 'other', 'muster'], amr: ['a', 'b'], email: 'a@b' },
        { algorithm },
      );
      const host = issuer.url.slice('https://'.length);
      const found = await providers.verify(ACCOUNT, token, NOW);
      assert.deepEqual(
        [found.provider, found.subject, found.audience],
        [`arn:aws:iam::${ACCOUNT}:oidc-provider/${host}`, 'alice', 'other'],
      );
      assert.deepEqual(Object.fromEntries(found.keys), {
        [`${host}:sub`]: ['alice'],
        [`${host}:aud`]: ['strange', 'other', 'muster'],
        [`${host}:amr`]: ['a', 'b'],
        [`${host}:email`]: ['a@b'],
      });
    }
    assert.deepEqual(issuer.asked, [DISCOVERY, KEYS], 'the keys are fetched once');
  }));

test('what a token claims must hold', () =>
  onStage(async ({ issuer, claims, verify }) => {
    const cases: readonly [object, RegExp][] = [
      [{ exp: SECONDS - 61 }, /^ExpiredTokenException: Token expired: current date\/time \d+ must be before/],
      [{ exp: SECONDS - 59 }, /^alice$/],
      [{ iat: SECONDS + 61 }, /^IDPRejectedClaim: /],
      [{ nbf: SECONDS + 61 }, /^IDPRejectedClaim: /],
      [{ nbf: SECONDS + 59, iat: SECONDS + 59 }, /^alice$/],
      [{ nbf: undefined }, /^alice$/],
      [{ exp: undefined }, /^InvalidIdentityToken: Missing a required claim: exp$/],
      [{ iat: undefined }, /^InvalidIdentityToken: Missing a required claim: iat$/],
      [{ exp: '9999999999' }, /^InvalidIdentityToken: /],
      [{ exp: null }, /^InvalidIdentityToken: /],
      [{ sub: undefined }, /^InvalidIdentityToken: Missing a required claim: sub$/],
      [{ sub: '' }, /^InvalidIdentityToken: /],
      [{ sub: ['alice'] }, /^InvalidIdentityToken: /],
      [{ aud: 'strange' }, /^InvalidIdentityToken: Incorrect token audience$/],
      [{ aud: [] }, /^InvalidIdentityToken: Incorrect token audience$/],
      [{ aud: { muster: true } }, /^InvalidIdentityToken: Incorrect token audience$/],
      [
        { iss: 'https://elsewhere.test' },
        /^InvalidIdentityToken: No OpenIDConnect provider found in your account for https:\/\/elsewhere/,
      ],
      [{ iss: issuer.url.replace('https', 'http') }, /^InvalidIdentityToken: No OpenIDConnect provider found/],
      [{ iss: `${issuer.url}/realm` }, /^InvalidIdentityToken: No OpenIDConnect provider found/],
      [{ iss: 7 }, /^InvalidIdentityToken: The ID Token provided is not a valid JWT/],
    ];
    for (const [change, expected] of cases)
      assert.match(await verify(issuer.token({ ...claims, ...change })), expected, JSON.stringify(change));
  }));

test('no algorithm can be talked into another', () =>
  onStage(async ({ issuer, claims, verify }) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = part(claims);
    const invalid = /^InvalidIdentityToken: /;
    for (const alg of ['none', 'None', '', 'HS256', 'RS384', 'ES512', 'EdDSA', 7, null, undefined]) {
      const signed = `${part({ alg, kid: 'rsa' })}.${body}`;
      const mac = createHmac('sha256', issuer.publicPem).update(signed).digest('base64url');
      for (const signature of ['', 'AA', mac]) assert.match(await verify(`${signed}.${signature}`), invalid, String(alg));
    }
    // A signature of one algorithm under the name of another.
    assert.match(await verify(issuer.token(claims, { header: { alg: 'PS256' } })), invalid);
    assert.match(await verify(issuer.token(claims, { algorithm: 'PS256', header: { alg: 'RS256' } })), invalid);
    assert.match(await verify(issuer.token(claims, { header: { alg: 'ES256' } })), invalid);
    assert.match(await verify(issuer.token(claims, { algorithm: 'ES256', header: { alg: 'RS256', kid: 'rsa' } })), invalid);
    // A key that comes along counts for nothing, and what must be understood is not.
    const own = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const jwk = own.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jku: `${issuer.url}/own` }, { x5c: ['AA'] }])
      assert.match(await verify(issuer.token(claims, { key: own.privateKey, header })), invalid);
    assert.match(await verify(issuer.token(claims, { header: { crit: ['exp'] } })), invalid);
    assert.equal(await verify(issuer.token(claims, { header: { kid: undefined } })), 'alice');
    assert.ok(
      issuer.asked.every((path) => path === DISCOVERY || path === KEYS),
      issuer.asked.join(' '),
    );
  }));

test('a token that was changed anywhere is refused', () =>
  onStage(async ({ issuer, claims, verify }) => {
    const seed = 11;
    const random = createRandom(seed);
    const tokens = (['RS256', 'PS256', 'ES256'] as const).map((algorithm) => issuer.token(claims, { algorithm }));
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.'.split('');
    for (let round = 0; round < 1_500; round++) {
      const token = random.pick(tokens);
      const at = random.below(token.length);
      const kind = random.below(3);
      const changed =
        kind === 0
          ? token.slice(0, at) + random.pick(alphabet) + token.slice(at + 1)
          : kind === 1
            ? token.slice(0, at) + token.slice(at + 1)
            : token.slice(0, at) + random.pick(alphabet) + token.slice(at);
      if (changed === token) continue;
      assert.match(await verify(changed), /^InvalidIdentityToken: /, `seed ${seed}, round ${round}: ${changed}`);
    }
    const [one = '', other = ''] = [issuer.token(claims), issuer.token({ ...claims, sub: 'bob' })].map((token) => token);
    const [head, , signature] = one.split('.');
    assert.match(await verify(`${head}.${other.split('.')[1]}.${signature}`), /^InvalidIdentityToken: /);
    for (const odd of ['....', 'a.b.c', '', '.'.repeat(20_000), `${one}.`, `${one} `, ` ${one}`, `${one}.AA`])
      assert.match(await verify(odd), /^InvalidIdentityToken: /);
  }));

test('a certificate must be of a trusted root or of a configured thumbprint, for the host that was named', () =>
  onStage(async ({ issuer, claims, configure, verify }) => {
    const token = issuer.token(claims);
    const untrusted = /^ProviderUnreachable: .*could not be read/;
    for (const thumbprints of [[], ['0'.repeat(40)]]) {
      await configure(thumbprints);
      assert.match(await verify(token), untrusted);
    }
    assert.deepEqual(issuer.asked, [], 'nothing was sent to it');
    await configure([issuer.thumbprints.leaf.toUpperCase()]);
    assert.equal(await verify(token), 'alice');
    await configure(['0'.repeat(40), issuer.thumbprints.authority]);
    assert.equal(await verify(token), 'alice');
  }));

test('answers that are none, too long or about somebody else are not taken, and no redirect is followed', () =>
  onStage(async ({ issuer, claims, clock, verify }) => {
    const token = issuer.token(claims);
    const good = issuer.answers.get(DISCOVERY)!;
    const named = (jwks: unknown) => ({ body: JSON.stringify({ issuer: issuer.url, jwks_uri: jwks }) });
    const bad = [
      { status: 302, headers: { location: `${issuer.url}/moved` }, body: good.body },
      { status: 500, body: good.body },
      { body: 'no json' },
      { body: 'null' },
      { body: good.body + ' '.repeat(200 * 1024) },
      { body: good.body.replace(issuer.url, 'https://elsewhere.test') },
      named('http://localhost/keys'),
      named('file:///etc/passwd'),
      named(`https://user:password@localhost/keys`),
      named(7),
      // Its thumbprint says nothing about other hosts, its own address under another name among them.
      named(issuer.url.replace('localhost', '127.0.0.1') + KEYS),
    ];
    for (const answer of bad) {
      issuer.answers.set(DISCOVERY, answer);
      await clock.advance(31_000);
      assert.match(await verify(token, NOW), /^ProviderUnreachable: /, answer.body.slice(0, 200));
    }
    assert.ok(!issuer.asked.includes('/moved') && !issuer.asked.includes(KEYS), issuer.asked.join(' '));
    issuer.answers.set(DISCOVERY, good);
    assert.match(await verify(token, NOW), /^ProviderUnreachable: /, 'a provider that failed is left alone for a while');
    await clock.advance(31_000);
    assert.equal(await verify(token, NOW), 'alice');
  }));

test('a new key is found, and unknown keys of strangers do not make the server ask again and again', () =>
  onStage(async ({ issuer, claims, clock, verify }) => {
    assert.equal(await verify(issuer.token(claims)), 'alice');
    const rotated = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const token = issuer.token(claims, { key: rotated.privateKey, header: { kid: 'new' } });
    for (let call = 0; call < 20; call++)
      assert.match(await verify(token), /^InvalidIdentityToken: Couldn't retrieve verification key/);
    assert.equal(issuer.asked.length, 2);
    const keys = [
      { ...rotated.publicKey.export({ format: 'jwk' }), kid: 'new', alg: 'RS256' },
      // None of these is a key that we take.
      { ...generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' }), kid: 'weak' },
      { ...rotated.publicKey.export({ format: 'jwk' }), kid: 'enc', use: 'enc' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' },
      { kty: 'RSA', n: 7, e: {}, kid: 'odd' },
      null,
    ];
    issuer.answers.set(KEYS, { body: JSON.stringify({ keys }) });
    await clock.advance(31_000);
    const results = await Promise.all(Array.from({ length: 20 }, () => verify(token, NOW)));
    assert.deepEqual(new Set(results), new Set(['alice']));
    assert.equal(issuer.asked.length, 4, 'many calls at once ask once');
    const weak = createPrivateKey(
      generateKeyPairSync('rsa', {
        modulusLength: 1_024,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey,
    );
    for (const kid of ['weak', 'enc', 'secret', 'odd'])
      assert.match(await verify(issuer.token(claims, { key: weak, header: { kid } }), NOW), /^InvalidIdentityToken: Couldn't/);
  }));

test('a stranger who makes the server ask a provider that is down takes no keys away from others', () =>
  onStage(async ({ issuer, clock, claims, verify }) => {
    const good = issuer.token(claims);
    assert.equal(await verify(good, NOW), 'alice');
    const keys = issuer.answers.get(KEYS) ?? { body: '' };
    issuer.answers.set(KEYS, { status: 500, body: '' });
    await clock.advance(31_000);
    const strange = issuer.token(claims, { header: { kid: 'strange' } });
    // Both at once, and one after the other.
    const [refused, taken] = await Promise.all([verify(strange), verify(good)]);
    assert.match(refused, /^ProviderUnreachable/);
    assert.equal(taken, 'alice');
    assert.equal(await verify(good), 'alice');
    const asked = issuer.asked.length;
    assert.match(await verify(strange), /^ProviderUnreachable|^InvalidIdentityToken/);
    assert.equal(issuer.asked.length, asked, 'it was asked again at once');
    issuer.answers.set(KEYS, keys);
    // For as long as keys are kept, and no longer.
    await clock.advance(31_000);
    assert.match(await verify(strange), /^InvalidIdentityToken/);
    assert.equal(await verify(good), 'alice');
  }));
