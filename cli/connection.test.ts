// Which server a command talks to, and as whom.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWorthRetrying, retryPauseMs } from './aws-client.ts';
import { AwsError, ConnectionError } from './aws-call.ts';
import { findEndpoint } from './connection.ts';
import { UsageError } from './usage-error.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_DEFAULT_REGION: 'eu-test-1' };

function directory(t: { after(undo: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const entries = [
    'aws_access_key_id = DIRKEY',
    'aws_secret_access_key = s',
    'region = r-1',
    'endpoint_url = https://127.0.0.1:1',
  ];
  writeFileSync(join(dir, 'credentials'), `[default]\n${entries.join('\n')}\n`);
  mkdirSync(join(dir, 'tls'));
  writeFileSync(join(dir, 'tls', 'ca.pem'), 'PEM');
  return dir;
}

test('the environment is read as the AWS CLI reads it', (t) => {
  const bundle = join(directory(t), 'tls', 'ca.pem');
  const env = { ...KEYS, AWS_ENDPOINT_URL: 'https://a:1', AWS_ENDPOINT_URL_SSM: 'https://b:1', AWS_SESSION_TOKEN: 'token' };
  assert.deepEqual(findEndpoint(undefined, { ...env, AWS_REGION: 'eu-test-2', AWS_CA_BUNDLE: bundle }), {
    url: 'https://b:1',
    ca: 'PEM',
    region: 'eu-test-2',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
  });
});

test('a data directory that is named beats the environment, one that is only configured does not', (t) => {
  const dir = directory(t);
  const env = { ...KEYS, AWS_ENDPOINT_URL: 'https://a:1' };
  assert.deepEqual(findEndpoint(dir, env), {
    url: 'https://127.0.0.1:1',
    ca: 'PEM',
    region: 'r-1',
    credentials: { accessKeyId: 'DIRKEY', secretAccessKey: 's' },
  });
  assert.equal(findEndpoint(undefined, { ...env, MUSTER_DATA_DIR: dir }).url, 'https://a:1');
  assert.equal(findEndpoint(undefined, { ...KEYS, MUSTER_DATA_DIR: dir }).credentials.accessKeyId, 'DIRKEY');
});

test('what is missing is named in one line', () => {
  for (const [dir, env, sentence] of [
    [undefined, {}, /which server\?/],
    [undefined, KEYS, /which server\?/],
    [undefined, { ...KEYS, AWS_ENDPOINT_URL: 'muster:8443' }, /AWS_ENDPOINT_URL says "muster:8443"/],
    [undefined, { ...KEYS, AWS_ENDPOINT_URL: 'https://a', AWS_ACCESS_KEY_ID: '' }, /AWS_ACCESS_KEY_ID is not/],
    [undefined, { ...KEYS, AWS_ENDPOINT_URL: 'https://a', AWS_CA_BUNDLE: '/nowhere' }, /cannot read the certificates/],
    ['/nowhere', KEYS, /no credentials in \/nowhere/],
  ] as const) {
    assert.throws(
      () => findEndpoint(dir, env),
      (error) => error instanceof UsageError && sentence.test(error.message) && !error.message.includes('\n'),
    );
  }
});

test('lost connections and stopping servers are tried again, refusals and strange certificates are not', () => {
  const lost = (code: string) => new ConnectionError('x', Object.assign(new Error('x'), { code }));
  assert.deepEqual(
    [
      lost('ECONNREFUSED'),
      lost(''),
      new AwsError('InternalServerError', '', 500),
      new AwsError('ThrottlingException', '', 400),
    ].map(isWorthRetrying),
    [true, true, true, true],
  );
  assert.deepEqual(
    [
      lost('SELF_SIGNED_CERT_IN_CHAIN'),
      lost('ERR_TLS_CERT_ALTNAME_INVALID'),
      new AwsError('AccessDeniedException', '', 400),
      new TypeError(),
    ].map(isWorthRetrying),
    [false, false, false, false],
  );
  assert.deepEqual([retryPauseMs(0, 0), retryPauseMs(0, 1), retryPauseMs(50, 1)], [50, 100, 3_000]);
});
