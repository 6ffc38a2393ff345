// What `muster credentials` prints, as a real shell takes it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportLines } from './credentials.ts';
import { UsageError } from './usage-error.ts';

interface SavedFiles {
  readonly secret?: string;
  readonly tls?: boolean;
  readonly name?: string;
}

function dataDirectory(
  t: { after(undo: () => void): void },
  { secret = 'abc', tls = true, name = 'data' }: SavedFiles = {},
): string {
  const parent = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const dir = join(parent, name);
  mkdirSync(join(dir, 'tls'), { recursive: true });
  const entries = [
    'aws_access_key_id = AKIDTEST',
    `aws_secret_access_key = ${secret}`,
    'region = eu-test-1',
    'endpoint_url = https://127.0.0.1:8443',
  ];
  writeFileSync(join(dir, 'credentials'), `[other]\nregion = wrong\n[default]\n${entries.join('\n')}\n`);
  if (tls) for (const file of ['ca.pem', 'ca-bundle.pem']) writeFileSync(join(dir, 'tls', file), '');
  return dir;
}

/** The AWS and TLS variables of a shell that evaluated `lines`. */
function evaluate(lines: string): Record<string, string> {
  const { stdout, status } = spawnSync('sh', ['-c', 'eval "$1" && env', 'sh', lines], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  });
  assert.equal(status, 0);
  const pairs = stdout.split('\n').map((line) => line.split('=', 2) as [string, string]);
  return Object.fromEntries(pairs.filter(([name]) => /^(AWS_|SSL_|NODE_)/.test(name)));
}

test('a shell that evaluates the lines has the eight variables, paths absolute', (t) => {
  const dir = dataDirectory(t);
  assert.deepEqual(evaluate(exportLines(['--data-dir', dir], {})), {
    AWS_ENDPOINT_URL: 'https://127.0.0.1:8443',
    AWS_CA_BUNDLE: join(dir, 'tls/ca.pem'),
    SSL_CERT_FILE: join(dir, 'tls/ca-bundle.pem'),
    NODE_EXTRA_CA_CERTS: join(dir, 'tls/ca.pem'),
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'abc',
    AWS_REGION: 'eu-test-1',
    AWS_DEFAULT_REGION: 'eu-test-1',
  });
});

test('nothing in a value or a path is run by the shell', (t) => {
  const secret = `a'$(exit 9)'"b\`exit 9\`;exit 9`;
  const dir = dataDirectory(t, { secret, name: "it's; exit 9 $(exit 9)" });
  const variables = evaluate(exportLines(['--data-dir', dir], {}));
  assert.equal(variables['AWS_SECRET_ACCESS_KEY'], secret);
  assert.equal(variables['AWS_CA_BUNDLE'], join(dir, 'tls/ca.pem'));
});

test('a server without TLS sets no certificate variables', (t) => {
  const variables = evaluate(exportLines([], { MUSTER_DATA_DIR: dataDirectory(t, { tls: false }) }));
  assert.equal(variables['AWS_CA_BUNDLE'], undefined);
  assert.equal(variables['AWS_ACCESS_KEY_ID'], 'AKIDTEST');
});

test('a directory without credentials, and an unknown option, are wrong use with one line', () => {
  for (const argv of [['--data-dir', '/nowhere'], ['--data-dir', '/etc/passwd'], ['--dir', 'x'], ['x']]) {
    assert.throws(
      () => exportLines(argv, {}),
      (error) => error instanceof UsageError && !error.message.includes('\n'),
    );
  }
});
