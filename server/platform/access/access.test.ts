// Signed requests through the list of authenticators, signed by the official signer or by openssl-compatible node:crypto, never by the
// code under test.
import assert from 'node:assert/strict';
import { constants, createHash, createHmac, generateKeyPairSync, hash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { ApiError } from '../api/errors.ts';
import type { AccountId, NodeId, Region } from '../ids.ts';
import { administratorPrincipal, anonymousPrincipal, beginAuthentication, createAuthenticators, nodePrincipal } from './index.ts';
import type { CredentialSource, NodeKeySource, Principal, RequestHead } from './index.ts';

const ACCOUNT = '123456789012' as AccountId;
const REGION = 'us-east-1' as Region;
const NODE = 'mi-000a93ebb5f1c28eb' as NodeId;
const ADMIN = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TEMPORARY = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'temporary/secret', sessionToken: 'tok/en+with==' };
const NOW = new Date('2026-11-20T15:24:35Z');

/** What the official signer wants of a hash. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const nodeIdentity = nodePrincipal({
  scope: { account: ACCOUNT, region: REGION },
  nodeId: NODE,
  roleName: 'MusterNode',
  accessKeyId: TEMPORARY.accessKeyId,
  signedWith: 'role-credentials',
});

const credentials: CredentialSource = {
  find(accessKeyId, sessionToken) {
    if (accessKeyId === ADMIN.accessKeyId) {
      const principal: Principal = administratorPrincipal(ACCOUNT, accessKeyId);
      return Promise.resolve(sessionToken === undefined ? { ...ADMIN, principal } : 'invalid-token');
    }
    if (accessKeyId === 'ASIAEXPIRED') return Promise.resolve('expired');
    if (accessKeyId !== TEMPORARY.accessKeyId) return Promise.resolve('unknown');
    return Promise.resolve(sessionToken === TEMPORARY.sessionToken ? { ...TEMPORARY, principal: nodeIdentity } : 'invalid-token');
  },
};

const oldKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const newKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
let accepted: KeyObject[] = [newKey.publicKey];
const nodeKeys: NodeKeySource = {
  find: (nodeId) =>
    Promise.resolve(
      nodeId === NODE ? { scope: { account: ACCOUNT, region: REGION }, roleName: 'MusterNode', publicKeys: accepted } : undefined,
    ),
};

const authenticators = createAuthenticators({ credentials, nodeKeys, regions: [REGION, 'eu-west-1' as Region] });

function headOf(request: Plain, at = NOW): RequestHead {
  return {
    method: request.method,
    rawPath: request.path,
    rawQuery: request.query,
    headers: new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    sourceIp: '127.0.0.1',
    receivedAt: at,
    plaintext: false,
  };
}

async function authenticate(request: Plain, options: { at?: Date; service?: string; list?: typeof authenticators } = {}) {
  const pending = await beginAuthentication(
    options.list ?? authenticators,
    headOf(request, options.at),
    options.service ?? 'ssm',
  );
  pending.confirm(hash('sha256', request.body));
  return pending.identity;
}

interface Signing {
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly service?: string;
  readonly region?: string;
  readonly at?: Date;
  readonly presignSeconds?: number;
  readonly noBodyHash?: boolean;
}

/** Signs as an SDK does; `path` and the query's names and values are unencoded here and encoded for the wire as SDKs do. */
async function signed(
  request: Partial<Plain> & { parameters?: Record<string, string | string[]> },
  signing: Signing = {},
): Promise<Plain> {
  const { method = 'POST', path = '/', headers = {}, body = '' } = request;
  const signer = new SignatureV4({
    credentials: signing.credentials ?? ADMIN,
    region: signing.region ?? REGION,
    service: signing.service ?? 'ssm',
    sha256: Sha256 as never,
    applyChecksum: signing.noBodyHash !== true,
  });
  const encoded = path.split('/').map(encode).join('/');
  const toSign = {
    method,
    protocol: 'https:',
    hostname: 'localhost',
    port: 8443,
    path: encoded,
    query: request.parameters ?? {},
    headers: { host: 'localhost:8443', ...headers },
    body,
  };
  const at = signing.at ?? NOW;
  const done =
    signing.presignSeconds === undefined
      ? await signer.sign(toSign, { signingDate: at })
      : await signer.presign(toSign, { signingDate: at, expiresIn: signing.presignSeconds });
  const query = Object.entries(done.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one) => `${encode(name)}=${encode(one)}`),
  );
  return { method, path: encoded, query: query.join('&'), headers: { ...done.headers }, body };
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Spaces, plus signs, slashes in labels, several bytes a character, order by byte. */
const REQUESTS: (Partial<Plain> & { parameters?: Record<string, string | string[]> })[] = [
  { headers: { 'x-amz-target': 'AmazonSSM.SendCommand', 'content-type': 'application/x-amz-json-1.1' }, body: '{"a":1}' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/v1/control-channel/mi-000a93ebb5f1c28eb', parameters: { role: 'subscribe', stream: 'input' } },
  { method: 'PUT', path: '/resources/arn:aws:ssm:us-east-1:1:parameter/a b+c/tags', body: 'x' },
  { method: 'GET', path: '/groups/ü~é/(x)', parameters: { 'b c': "it's a+b&=*", B: '', a: ['2', '10', '1'], 'a-b': 'ü' } },
  { method: 'DELETE', path: '/a//b/./c/../d/', parameters: { zero: '0' } },
  { headers: { 'x-note': '  two   words  ', 'content-type': 'text/plain' }, body: 'é' },
];

async function refusalOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return { code: error.code, message: error.message };
  }
  return assert.fail('was not refused');
}

const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const changed = (text: string, index: number, by: string): string => text.slice(0, index) + by + text.slice(index + 1);
const wellFormed = (value: string): boolean => value.isWellFormed() && !value.startsWith('X-Amz-') && value !== '';
const example = (
  service: string,
  host: string,
  query: string,
  signedHeaders: string,
  signature: string,
  headers = {},
): Plain => ({
  method: 'GET',
  path: '/',
  query,
  headers: {
    host,
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    ...headers,
  },
  body: '',
});

const WRONG = {
  code: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
    'Consult the service documentation for details.',
};
const UNRECOGNIZED = { code: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' };

describe('SigV4', () => {
  test("the examples of AWS's documentation and test suite verify", async () => {
    const at = new Date('2015-08-30T12:36:00Z');
    const cases: [string, Plain][] = [
      [
        'iam',
        example(
          'iam',
          'iam.amazonaws.com',
          'Action=ListUsers&Version=2010-05-08',
          'content-type;host;x-amz-date',
          '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
          { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        ),
      ],
      [
        'service',
        example(
          'service',
          'example.amazonaws.com',
          '',
          'host;x-amz-date',
          '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
        ),
      ],
      [
        'service',
        example(
          'service',
          'example.amazonaws.com',
          'Param2=value2&Param1=value1',
          'host;x-amz-date',
          'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
        ),
      ],
    ];
    for (const [service, request] of cases) {
      const identity = await authenticate(request, { at, service });
      assert.equal(identity.principal.accessKeyId, 'AKIDEXAMPLE');
    }
  });

  test('whatever the official signer signs is accepted, in the header and presigned', async () => {
    for (const request of REQUESTS) {
      for (const noBodyHash of [false, true]) {
        const { principal, region } = await authenticate(await signed(request, { noBodyHash }));
        assert.deepEqual([principal.kind, principal.account, region], ['administrator', ACCOUNT, REGION]);
      }
      // A presigned request has no target header: the signer moves it into the query.
      const presigned = await signed({ ...request, headers: {} }, { presignSeconds: 300, noBodyHash: true });
      assert.equal((await authenticate(presigned)).principal.kind, 'administrator', presigned.path);
    }
  });

  test('any request that the official signer signs is accepted', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const segment = fc.string({
      unit: fc.constantFrom(...Array.from("aZ09-._~ +%&=:/@üé€()'!*,;$")),
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT'),
        fc.array(segment, { maxLength: 3 }),
        fc.dictionary(text, text, { maxKeys: 4 }),
        fc.string({ maxLength: 40 }),
        async (method, segments, parameters, body) => {
          // The signer keeps the query in a plain object, which loses such a name.
          fc.pre(!Object.hasOwn(parameters, '__proto__'));
          fc.pre(Object.keys(parameters).every(wellFormed) && Object.values(parameters).every((value) => value.isWellFormed()));
          await authenticate(await signed({ method, path: `/${segments.join('/')}`, parameters, body }));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a change of any one byte of method, path, query, signed header, body, date, scope or signature is refused', async () => {
    const base = await signed(
      {
        method: 'POST',
        path: '/a/b c',
        parameters: { q: 'v w', r: '1' },
        body: '{"x":1}',
        headers: { 'x-amz-target': 'AmazonSSM.X' },
      },
      { credentials: TEMPORARY },
    );
    await authenticate(base);
    const fields: [string, string, (value: string) => Plain][] = [
      ['method', base.method, (method) => ({ ...base, method })],
      ['path', base.path, (path) => ({ ...base, path })],
      ['query', base.query, (query) => ({ ...base, query })],
      ['body', base.body, (body) => ({ ...base, body })],
      ...Object.entries(base.headers).map(([name, value]): [string, string, (changedValue: string) => Plain] => [
        name,
        value,
        (changedValue) => ({ ...base, headers: { ...base.headers, [name]: changedValue } }),
      ]),
    ];
    for (const [field, value, build] of fields) {
      for (let index = 0; index < value.length; index++) {
        for (const by of ['x', '0', 'A', '%', '/', '.']) {
          if (value[index] === by) continue;
          const refusal = await refusalOf(authenticate(build(changed(value, index, by)))).catch((error: unknown) => {
            throw new Error(`${field} at ${index} changed to ${by}`, { cause: error });
          });
          assert.match(
            refusal.code,
            /^(InvalidSignature|UnrecognizedClient|IncompleteSignature|MissingAuthenticationToken)Exception$/,
          );
        }
      }
    }
  });

  test('escapes may be spelled in upper or lower case in a query, since they mean the same byte', async () => {
    const base = await signed({ method: 'GET', parameters: { a: 'x/y' } });
    assert.equal(base.query, 'a=x%2Fy');
    await authenticate({ ...base, query: 'a=x%2fy' });
    assert.deepEqual(await refusalOf(authenticate({ ...base, query: 'a=x%2' })), WRONG);
  });

  test('a wrong secret and a wrong signature answer the same, a foreign key as AWS does', async () => {
    assert.deepEqual(
      await refusalOf(signed({}, { credentials: { ...ADMIN, secretAccessKey: 'wrong' } }).then(authenticate)),
      WRONG,
    );
    assert.deepEqual(
      await refusalOf(signed({}, { credentials: { ...ADMIN, accessKeyId: 'AKIANOBODY' } }).then(authenticate)),
      UNRECOGNIZED,
    );
  });

  test('a session token must be the right one, be signed, and belong to the key', async () => {
    const identity = await authenticate(await signed({}, { credentials: TEMPORARY }));
    assert.deepEqual(identity.principal, nodeIdentity);
    await authenticate(await signed({ method: 'GET' }, { credentials: TEMPORARY, presignSeconds: 60, noBodyHash: true }));
    const { sessionToken: _token, ...bare } = TEMPORARY;
    assert.deepEqual(await refusalOf(signed({}, { credentials: bare }).then(authenticate)), UNRECOGNIZED);
    assert.deepEqual(
      await refusalOf(signed({}, { credentials: { ...TEMPORARY, sessionToken: 'other' } }).then(authenticate)),
      UNRECOGNIZED,
    );
    assert.deepEqual(
      await refusalOf(signed({}, { credentials: { ...ADMIN, sessionToken: 'any' } }).then(authenticate)),
      UNRECOGNIZED,
    );
    const slipped = await signed({}, { credentials: bare });
    const refusal = await refusalOf(
      authenticate({ ...slipped, headers: { ...slipped.headers, 'x-amz-security-token': TEMPORARY.sessionToken } }),
    );
    assert.match(refusal.message, /not signed: x-amz-security-token$/);
  });

  test('an expired token says so', async () => {
    const request = await signed({}, { credentials: { ...TEMPORARY, accessKeyId: 'ASIAEXPIRED' } });
    assert.deepEqual(await refusalOf(authenticate(request)), {
      code: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
  });

  test('a signature is good for five minutes to either side, to the second', async () => {
    const request = await signed({});
    await authenticate(request, { at: after(300) });
    await authenticate(request, { at: after(-300) });
    assert.deepEqual(await refusalOf(authenticate(request, { at: after(301) })), {
      code: 'InvalidSignatureException',
      message: 'Signature expired: 20261120T152435Z is now earlier than 20261120T152436Z (20261120T152936Z - 5 min.)',
    });
    assert.deepEqual(await refusalOf(authenticate(request, { at: after(-301) })), {
      code: 'InvalidSignatureException',
      message: 'Signature not yet current: 20261120T152435Z is still later than 20261120T152434Z (20261120T151934Z + 5 min.)',
    });
  });

  test('a presigned request lives for the seconds it names, a week at most', async () => {
    const request = await signed({ method: 'GET' }, { presignSeconds: 604_800, noBodyHash: true });
    await authenticate(request, { at: after(604_800) });
    assert.match((await refusalOf(authenticate(request, { at: after(604_801) }))).message, /^Signature expired: /);
    assert.match((await refusalOf(authenticate(request, { at: after(-301) }))).message, /^Signature not yet current: /);
    for (const seconds of ['604801', '0', '-1', '1.5', 'x', '']) {
      const query = request.query.replace('X-Amz-Expires=604800', `X-Amz-Expires=${seconds}`);
      assert.equal((await refusalOf(authenticate({ ...request, query }))).code, 'IncompleteSignatureException');
    }
    const query = request.query.replace('X-Amz-Expires=604800', 'X-Amz-Expires=604799');
    assert.deepEqual(await refusalOf(authenticate({ ...request, query })), WRONG);
  });

  test('each part of a presigned query is needed, once', async () => {
    const request = await signed({ method: 'GET' }, { presignSeconds: 60, noBodyHash: true });
    for (const name of ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature']) {
      const without = request.query.split('&').filter((part) => !part.startsWith(`${name}=`));
      const refusal = await refusalOf(authenticate({ ...request, query: without.join('&') }));
      assert.deepEqual(refusal, {
        code: 'IncompleteSignatureException',
        message: `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
      });
      const twice = `${request.query}&${request.query.split('&').find((part) => part.startsWith(`${name}=`))}`;
      assert.equal((await refusalOf(authenticate({ ...request, query: twice }))).code, 'IncompleteSignatureException');
    }
  });

  test('the scope must name this service, a configured region, the day of the date, and end as SigV4 does', async () => {
    const message = async (signing: Signing): Promise<string> => {
      const refusal = await refusalOf(signed({}, signing).then(authenticate));
      assert.equal(refusal.code, 'InvalidSignatureException');
      return refusal.message;
    };
    assert.equal(await message({ service: 'ec2' }), "Credential should be scoped to correct service: 'ssm'.");
    assert.equal(
      await message({ region: 'mars-1' }),
      "Credential should be scoped to a valid region, not 'mars-1'. This server has: us-east-1, eu-west-1.",
    );
    const request = await signed({});
    const withScope = (from: string, to: string): Plain => ({
      ...request,
      headers: { ...request.headers, authorization: request.headers['authorization']!.replace(from, to) },
    });
    assert.equal(
      (await refusalOf(authenticate(withScope('/20261120/', '/20261119/')))).message,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261119' != '20261120', from '20261120T152435Z'.",
    );
    assert.equal(
      (await refusalOf(authenticate(withScope('/aws4_request', '/aws5_request')))).message,
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
    );
  });

  test('the second region is as good as the first, global services take any, a node only its own', async () => {
    assert.equal((await authenticate(await signed({}, { region: 'eu-west-1' }))).region, 'eu-west-1');
    assert.equal(
      (await authenticate(await signed({}, { region: 'aws-global', service: 'sts' }), { service: 'sts' })).region,
      'aws-global',
    );
    assert.deepEqual(
      await refusalOf(signed({}, { region: 'eu-west-1', credentials: TEMPORARY }).then(authenticate)),
      UNRECOGNIZED,
    );
  });

  test('the announced body hash must be the one of the body, and unsigned payloads are refused', async () => {
    const request = await signed({ body: 'abc' });
    assert.equal(request.headers['x-amz-content-sha256'], hash('sha256', 'abc'));
    assert.deepEqual(await refusalOf(authenticate({ ...request, body: 'abd' })), WRONG);
    for (const announced of ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', hash('sha256', 'abc').toUpperCase(), '']) {
      const unsigned = await signed({ body: 'abc', headers: { 'x-amz-content-sha256': announced } });
      const refusal = await refusalOf(authenticate(unsigned));
      assert.equal(refusal.code, 'InvalidSignatureException');
    }
  });

  test('with an announced body hash a wrong signature is refused before the body is read', async () => {
    const request = await signed({ body: 'abc' }, { credentials: { ...ADMIN, secretAccessKey: 'wrong' } });
    assert.deepEqual(await refusalOf(beginAuthentication(authenticators, headOf(request), 'ssm')), WRONG);
  });

  test('the target and the host must be signed', async () => {
    const request = await signed({});
    const target = { ...request, headers: { ...request.headers, 'x-amz-target': 'AmazonSSM.DeleteParameter' } };
    assert.match((await refusalOf(authenticate(target))).message, /not signed: x-amz-target$/);
    const authorization = request.headers['authorization']!.replace('host;', '');
    assert.match(
      (await refusalOf(authenticate({ ...request, headers: { ...request.headers, authorization } }))).message,
      /'Host'.* must be/,
    );
  });

  test('an unsigned request is missing its token, a half signed one is told what it lacks', async () => {
    const missing = { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    const bare: Plain = { method: 'POST', path: '/', query: '', headers: { host: 'h' }, body: '' };
    assert.deepEqual(await refusalOf(authenticate(bare)), missing);
    assert.deepEqual(await refusalOf(authenticate({ ...bare, headers: { authorization: 'Bearer x' } })), missing);
    const request = await signed({});
    const lacking = async (pattern: RegExp): Promise<string> => {
      const authorization = request.headers['authorization']!.replace(pattern, '');
      const refusal = await refusalOf(authenticate({ ...request, headers: { ...request.headers, authorization } }));
      assert.equal(refusal.code, 'IncompleteSignatureException');
      assert.doesNotMatch(refusal.message, /AKIDEXAMPLE|[0-9a-f]{64}/);
      return refusal.message;
    };
    assert.match(await lacking(/, Signature=.*/), /^Authorization header requires 'Signature' parameter\. \(Hashed with SHA-256/);
    assert.match(await lacking(/Credential=[^,]*, /), /requires 'Credential' parameter/);
    assert.match(await lacking(/SignedHeaders=[^,]*, /), /requires 'SignedHeaders' parameter/);
    const { 'x-amz-date': _date, ...undated } = request.headers;
    assert.match((await refusalOf(authenticate({ ...request, headers: undated }))).message, /'X-Amz-Date' or a 'Date' header/);
  });

  test('malformed authorizations of every kind are refused as incomplete', async () => {
    const good = (await signed({})).headers;
    const authorization = good['authorization']!;
    const bad = [
      authorization.replace('HMAC-SHA256', 'ECDSA-P256-SHA256'),
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 ',
      'AWS4-HMAC-SHA256 nonsense',
      `${authorization}, Signature=${'0'.repeat(64)}`,
      authorization.replace('/aws4_request', ''),
      authorization.replace('AKIDEXAMPLE', 'a/b'),
      authorization.replace('AKIDEXAMPLE', 'a b'),
      authorization.replace('AKIDEXAMPLE', 'x'.repeat(400)),
      authorization.replace('host;', 'HOST;'),
      authorization.replace('host;', 'host;host;'),
      authorization.replace('host;', `${Array.from({ length: 70 }, (_, i) => `h${i}`).join(';')};`),
      authorization.replace(/Signature=.{8}/, 'Signature='),
      `${authorization} ${'x'.repeat(5_000)}`,
    ];
    for (const value of bad) {
      const request = { method: 'POST', path: '/', query: '', headers: { ...good, authorization: value }, body: '' };
      assert.equal((await refusalOf(authenticate(request))).code, 'IncompleteSignatureException', value.slice(0, 120));
    }
    for (const date of [
      '20261120T152435',
      '2026-11-20T15:24:35Z',
      '20261320T152435Z',
      '20260230T000000Z',
      '20261120T242435Z',
      '20261120T156035Z',
      '00991120T152435Z',
      '',
    ]) {
      const request = { method: 'POST', path: '/', query: '', headers: { ...good, 'x-amz-date': date }, body: '' };
      assert.match((await refusalOf(authenticate(request))).message, /ISO-8601 'basic format'/);
    }
  });

  test('no head whatever makes an authenticator throw anything but a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 200 }),
        fc.string({ maxLength: 200 }),
        fc.string(),
        async (authorization, query, date) => {
          for (const prefix of ['', 'AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256 Credential=mi-']) {
            const headers = { authorization: prefix + authorization, 'x-amz-date': date };
            await refusalOf(authenticate({ method: 'GET', path: '/', query: `X-Amz-Signature=${query}`, headers, body: '' }));
          }
        },
      ),
    );
  });
});

describe("a node's own key", () => {
  const TARGET = 'AmazonSSM.RequestManagedInstanceRoleToken';

  /** As the stock agent signs: PSS over the string to sign, base64, the body's hash in an unsigned header. */
  function nodeSigned(
    options: { key?: KeyObject; target?: string; nodeId?: string; region?: string; saltLength?: number } = {},
  ): Plain {
    const { key = newKey.privateKey, target = TARGET, nodeId = NODE, region = REGION, saltLength = 32 } = options;
    const body = '{"Fingerprint":"dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce"}';
    const headers = {
      host: 'localhost:8443',
      'content-type': 'application/x-amz-json-1.1',
      'transfer-encoding': 'chunked',
      'x-amz-content-sha256': hash('sha256', body),
      'x-amz-date': '20261120T152435Z',
      'x-amz-target': target,
    };
    const signedHeaders = 'content-type;host;x-amz-date;x-amz-target';
    const canonical = `POST\n/\n\ncontent-type:${headers['content-type']}\nhost:localhost:8443\nx-amz-date:20261120T152435Z\nx-amz-target:${target}\n\n${signedHeaders}\n${hash('sha256', body)}`;
    const scope = `20261120/${region}/ssm/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n20261120T152435Z\n${scope}\n${hash('sha256', canonical)}`;
    const signature = sign('sha256', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }).toString(
      'base64',
    );
    const authorization = `AWS4-HMAC-SHA256 Credential=${nodeId}/${scope},SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { method: 'POST', path: '/', query: '', headers: { ...headers, authorization }, body };
  }

  test('signs for itself, as the node that it is', async () => {
    const { principal, region } = await authenticate(nodeSigned());
    assert.deepEqual(principal, { ...nodeIdentity, accessKeyId: NODE, signedWith: 'node-key' });
    assert.equal(region, REGION);
  });

  test('the key before is accepted for as long as the nodes domain names it, a foreign key never', async () => {
    const before = nodeSigned({ key: oldKey.privateKey });
    assert.deepEqual(await refusalOf(authenticate(before)), WRONG);
    accepted = [newKey.publicKey, oldKey.publicKey];
    try {
      await authenticate(before);
      await authenticate(nodeSigned());
      const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
      assert.deepEqual(await refusalOf(authenticate(nodeSigned({ key: foreign.privateKey }))), WRONG);
    } finally {
      accepted = [newKey.publicKey];
    }
  });

  test('a changed body, target, date or signature is refused', async () => {
    const request = nodeSigned();
    const change = (headers: Record<string, string>): Plain => ({ ...request, headers: { ...request.headers, ...headers } });
    assert.deepEqual(await refusalOf(authenticate({ ...request, body: '{}' })), WRONG);
    assert.deepEqual(await refusalOf(authenticate(change({ 'x-amz-date': '20261120T152436Z' }))), WRONG);
    assert.deepEqual(
      await refusalOf(authenticate(change({ 'x-amz-target': 'AmazonSSM.UpdateManagedInstancePublicKey' }))),
      WRONG,
    );
    const authorization = request.headers['authorization']!;
    const at = authorization.indexOf('Signature=') + 10;
    for (let index = at; index < authorization.length - 2; index += 7) {
      const by = authorization[index] === 'A' ? 'B' : 'A';
      assert.deepEqual(await refusalOf(authenticate(change({ authorization: changed(authorization, index, by) }))), WRONG);
    }
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ saltLength: 20 }))), WRONG);
  });

  test('is good for two operations only, and for registered nodes of that region only', async () => {
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ target: 'AmazonSSM.SendCommand' }))), UNRECOGNIZED);
    const gone = { code: 'InvalidInstanceId', message: '' };
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ nodeId: 'mi-000a93ebb5f1c28ec' }))), gone);
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ region: 'eu-west-1' }))), gone);
    assert.deepEqual(await refusalOf(authenticate(nodeSigned({ nodeId: 'mi-x' }))), UNRECOGNIZED);
    assert.match(
      (await refusalOf(authenticate(nodeSigned(), { at: new Date(NOW.getTime() + 301_000) }))).message,
      /^Signature expired/,
    );
  });
});

describe('--insecure-dev-auth', () => {
  const list = createAuthenticators({ credentials, nodeKeys, regions: [REGION], insecureDevAccount: ACCOUNT });

  test('takes any well-formed credentials as the administrator, whatever their date, region and signature', async () => {
    const request = await signed(
      { body: 'x' },
      {
        credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'dummy' },
        region: 'ap-south-1',
        at: new Date(0),
      },
    );
    const { principal, region } = await authenticate({ ...request, body: 'y' }, { list });
    assert.deepEqual(principal, administratorPrincipal(ACCOUNT, 'test'));
    assert.equal(region, 'ap-south-1');
    await authenticate(await signed({ method: 'GET' }, { presignSeconds: 1, noBodyHash: true, at: new Date(0) }), { list });
  });

  test("takes nothing from web pages, and nothing that names another host: a page could be anybody's", async () => {
    const ask = async (headers: Record<string, string>) =>
      authenticate(await signed({ headers }, { noBodyHash: true }), { list });
    for (const host of [
      'localhost',
      'LOCALHOST:8443',
      'ssm.localhost:1',
      '127.0.0.1:8443',
      '127.8.9.1',
      '[::1]:8443',
      'localhost.',
    ])
      assert.equal((await ask({ host })).principal.kind, 'administrator', host);
    for (const host of [
      'evil.example:8443',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil.example',
      'evil.example/127.0.0.1',
      '[::2]',
      '',
    ])
      assert.equal((await refusalOf(ask({ host }))).code, 'AccessDeniedException', host);
    const host = 'localhost:8443';
    assert.equal((await ask({ host, origin: 'https://localhost:8443' })).principal.kind, 'administrator');
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost.evil.example',
      'file://',
      'http://localhost@evil.example',
    ])
      assert.equal((await refusalOf(ask({ host, origin }))).code, 'AccessDeniedException', origin);
    assert.equal((await refusalOf(ask({ host, 'sec-fetch-site': 'cross-site' }))).code, 'AccessDeniedException');
  });

  test('still refuses what is not signed at all, and leaves nodes what they are', async () => {
    const bare: Plain = { method: 'POST', path: '/', query: '', headers: {}, body: '' };
    assert.equal((await refusalOf(authenticate(bare, { list }))).code, 'MissingAuthenticationTokenException');
    assert.deepEqual((await authenticate(await signed({}, { credentials: TEMPORARY }), { list })).principal, nodeIdentity);
  });
});

test('principals are spelled as AWS spells them, and stay the same', () => {
  const administrator = administratorPrincipal(ACCOUNT, 'AKIA1');
  assert.equal(administrator.arn, 'arn:aws:iam::123456789012:user/administrator');
  assert.match(administrator.userId, /^AIDA[A-Z2-7]{16}$/);
  assert.equal(nodeIdentity.arn, `arn:aws:sts::123456789012:assumed-role/MusterNode/${NODE}`);
  assert.match(nodeIdentity.userId, new RegExp(`^AROA[A-Z2-7]{16}:${NODE}$`));
  const withPath = nodePrincipal({ ...nodeIdentity, scope: nodeIdentity, roleName: 'service-role/MusterNode' });
  assert.deepEqual(withPath, nodeIdentity);
  assert.equal(administratorPrincipal(ACCOUNT, 'AKIA2').userId, administrator.userId);
  assert.equal(anonymousPrincipal(ACCOUNT).kind, 'anonymous');
});
