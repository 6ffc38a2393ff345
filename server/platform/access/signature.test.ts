// SigV4: what the official signer signs is accepted, and no byte of it may change; keys and session tokens.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  ACCOUNT,
  REGION,
  ADMIN,
  TEMPORARY,
  nodeIdentity,
  authenticate,
  signed,
  REQUESTS,
  refusalOf,
  changed,
  wellFormed,
  example,
  WRONG,
  UNRECOGNIZED,
} from './access.fixture.ts';
import type { Plain } from './access.fixture.ts';

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
});
