// No secret lies in the repository: neither a key that looks real nor a private key. AWS's documented example keys, and keys that are
// one letter repeated, open nothing.
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WORKSPACE } from './test-files.ts';

const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key id', /\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)(?!([A-Z0-9])\1{15})[A-Z0-9]{16}\b/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\r?\n[A-Za-z0-9+/=]{16,}/],
  ['a GitHub token', /\bgh[opsu]_[A-Za-z0-9]{36}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
];
/** Not part of the repository, or nothing but hashes. */
const IGNORED = ['node_modules', '.git', 'muster-data', '.cache', 'tmp', 'package-lock.json'];
/** Keys that are known to everybody and open nothing: a test's certificate for 127.0.0.1. */
const TEST_KEYS = ['agent/testing/tls-fixture.ts'];
/** Larger files are generated models, which the generator's own test covers. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

test('no file of the repository holds a secret', () => {
  const names = globSync('**/*', { cwd: WORKSPACE, exclude: (name) => IGNORED.includes(name) })
    .filter((name) => !TEST_KEYS.includes(name))
    .concat(globSync('.*', { cwd: WORKSPACE }));
  const files = names
    .map((name) => join(WORKSPACE, name))
    .filter((file) => statSync(file).isFile() && statSync(file).size < FILE_BYTES_MAX);
  assert.ok(files.length > 100, `only ${files.length} files were read`);
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'latin1');
    return SECRETS.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${file} holds ${what}`);
  });
  assert.deepEqual(found, []);
});
