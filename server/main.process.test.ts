// Wrong use of `muster server`: one line on standard error, exit code 2, and nothing is written.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryDirectory } from '@muster/testkit/database.ts';

const LAUNCHER = join(import.meta.dirname, '../cli/bin.mjs');

async function refuses(args: readonly string[], expected: RegExp): Promise<void> {
  const child = spawn(process.execPath, [LAUNCHER, 'server', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.equal(child.exitCode, 2, complaint);
  assert.equal(output, '');
  assert.match(complaint, expected);
  assert.equal(complaint.trimEnd().split('\n').length, 1, 'one line');
}

test('an option that does not exist, or a value that cannot be', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await refuses(['--data-dir', dataDir, '--nonsense'], /Unknown option '--nonsense'/);
  await refuses(['--data-dir', dataDir, '--listen', 'nowhere'], /--listen nowhere: not HOST:PORT/);
  await refuses(['--data-dir', dataDir, '--listen', '0.0.0.0:0', '--no-tls'], /--no-tls works on loopback only/);
  await refuses(['--data-dir', dataDir, '--account', '12'], /not twelve digits/);
  await refuses(['--data-dir', dataDir, '--command-retention-days', 'few'], /use a number of days from 0 \(for ever\) to 3650/);
  assert.equal(existsSync(dataDir), false);
});

test('a port that is taken', async (t) => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  await refuses(['--data-dir', dataDir, '--listen', `127.0.0.1:${(taken.address() as AddressInfo).port}`], /the port is taken/);
  assert.equal(existsSync(dataDir), false);
});

test('a data directory that cannot be', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  await refuses(['--data-dir', join(file, 'data'), '--listen', '127.0.0.1:0'], /is not a directory/);
  // The file system of processes says that a directory just asked for is not there: a recursive mkdir would never come back.
  if (process.platform === 'linux')
    await refuses(['--data-dir', '/proc/data', '--listen', '127.0.0.1:0'], /cannot write to the data directory/);
});

test('a certificate that cannot be read', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const missing = join(directory.path, 'missing.pem');
  await refuses(
    ['--data-dir', dataDir, '--listen', '127.0.0.1:0', '--tls-cert-file', missing, '--tls-key-file', missing],
    /--tls-cert-file .*ENOENT/,
  );
  assert.equal(existsSync(dataDir), false);
});
