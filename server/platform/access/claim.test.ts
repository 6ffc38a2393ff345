// SigV4: when, where and in what form a signature is good; all else is refused in AWS's words.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  ADMIN,
  TEMPORARY,
  authenticators,
  headOf,
  authenticate,
  signed,
  refusalOf,
  after,
  WRONG,
  UNRECOGNIZED,
} from './access.fixture.ts';
import type { Plain, Signing } from './access.fixture.ts';
import { beginAuthentication } from './index.ts';

describe('SigV4', () => {
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
    const begun = async () => beginAuthentication(authenticators, headOf(request), 'ssm');
    assert.deepEqual(await refusalOf(begun()), WRONG);
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
