// The seal through its public functions, on real files.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { systemIds } from '../ids.ts';
import { openSeal, SealError, sealWith } from './seal.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-seal-'));
after(() => rmSync(root, { recursive: true }));
const newDir = (): string => mkdtempSync(join(root, 'd'));
const ids = systemIds;
const refused = (open: () => unknown): void =>
  assert.throws(
    open,
    (error: Error) => error instanceof SealError && !error.message.includes('hunter2') && error.cause === undefined,
  );

test('the first start makes a master key that only its owner may read, and the second start uses it', () => {
  const dataDir = join(newDir(), 'not', 'yet', 'there');
  const first = openSeal({ dataDir, ids });
  const path = join(dataDir, 'master.key');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dataDir), ['master.key']);
  const sealed = first.seal(Buffer.from('hunter2'), 'parameter/x');
  const second = openSeal({ dataDir, ids });
  assert.equal(second.unseal(sealed, 'parameter/x').toString(), 'hunter2');
  assert.equal(second.keyId, first.keyId);
});

test('a master key that others may read is refused with the command that mends it', () => {
  const dataDir = newDir();
  openSeal({ dataDir, ids });
  const path = join(dataDir, 'master.key');
  for (const mode of [0o640, 0o604, 0o620, 0o644]) {
    chmodSync(path, mode);
    assert.throws(() => openSeal({ dataDir, ids }), /chmod 600/);
  }
});

test('a master key of the wrong length is refused and stays as it is', () => {
  const dataDir = newDir();
  const path = join(dataDir, 'master.key');
  for (const content of ['', 'short', 'x'.repeat(31), 'x'.repeat(33), 'g'.repeat(64), 'A'.repeat(42)]) {
    writeFileSync(path, content, { mode: 0o600 });
    assert.throws(() => openSeal({ dataDir, ids }), /is not a master key/);
    assert.equal(readFileSync(path, 'utf8'), content);
  }
});

test('where there is data a missing master key is refused, not replaced', () => {
  const dataDir = newDir();
  assert.throws(() => openSeal({ dataDir, ids, mayCreate: false }), /restore it from a backup/);
  assert.equal(existsSync(join(dataDir, 'master.key')), false);
});

test('the key may come raw, as hex or as base64, from a file or from the environment', () => {
  const key = ids.bytes(32);
  const dataDir = newDir();
  const reference = sealWith(key, ids).keyId;
  const file = join(dataDir, 'k');
  for (const content of [key, `${key.toString('hex')}\n`, `${key.toString('base64')}\n`, key.toString('base64url')]) {
    writeFileSync(file, content, { mode: 0o600 });
    assert.equal(openSeal({ dataDir, source: { file }, ids }).keyId, reference);
  }
  assert.equal(openSeal({ dataDir, source: { env: key.toString('hex') }, ids }).keyId, reference);
  assert.throws(() => openSeal({ dataDir, source: { file: `${file}-absent` }, ids }), /does not exist/);
  assert.deepEqual(readdirSync(dataDir), ['k']);
});

test('any plaintext and context come back, and two seals of the same text differ', () => {
  const seal = sealWith(ids.bytes(32), ids);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, context) => {
      const plaintext = Buffer.from(bytes);
      const sealed = seal.seal(plaintext, context);
      assert.deepEqual(seal.unseal(sealed, context), plaintext);
      assert.notEqual(seal.seal(plaintext, context), sealed);
    }),
  );
});

test('a change of any character, of the context or of the master key is refused without a word of the plaintext', () => {
  const seal = sealWith(ids.bytes(32), ids);
  const other = sealWith(ids.bytes(32), ids);
  const sealed = seal.seal(Buffer.from('hunter2-hunter2'), 'row/1');
  for (let i = 0; i < sealed.length; i++) {
    for (const replacement of ['A', 'b', '_', '=']) {
      if (sealed[i] !== replacement) refused(() => seal.unseal(sealed.slice(0, i) + replacement + sealed.slice(i + 1), 'row/1'));
    }
    refused(() => seal.unseal(sealed.slice(0, i), 'row/1'));
  }
  refused(() => seal.unseal(`${sealed}AAAA`, 'row/1'));
  refused(() => seal.unseal(sealed, 'row/2'));
  refused(() => other.unseal(sealed, 'row/1'));
  assert.throws(() => other.unseal(sealed, 'row/1'), /restore the right master key/);
});

test('derived keys are stable, differ by purpose, and have the size asked for', () => {
  const key = ids.bytes(32);
  const seal = sealWith(key, ids);
  assert.deepEqual(seal.derive('page-token'), sealWith(key, ids).derive('page-token'));
  assert.notDeepEqual(seal.derive('page-token'), seal.derive('session-token'));
  assert.equal(seal.derive('x').length, 32);
  assert.equal(seal.derive('x', 16).length, 16);
});
