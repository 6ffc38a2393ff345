// The packages of a node on disk: whose directory is whose.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { PackageFolder } from './package-store.ts';

it('no package is called so that it gets the directory of another', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-packages-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const version = { version: '1.0.0', sha256: 'a'.repeat(64) };
  const theirs = new PackageFolder(directory, 'arn:aws:ssm:us-east-1:210987654321:document/Tool');
  theirs.save(version, 'Installed');
  const path = theirs.content(version);
  const [name = ''] = path.slice(directory.length + 1).split('/');
  const namesake = new PackageFolder(directory, name);
  assert.equal(namesake.find(), undefined);
  assert.notEqual(namesake.content(version), path);
  for (const hostile of ['..', '../x', '.', 'lock', 'state.json', 'a/../../b', '-x', 'x'.repeat(300)]) {
    const content = new PackageFolder(directory, hostile).content({ ...version, version: hostile });
    assert.match(content.slice(directory.length), /^(?:\/[A-Za-z0-9_][A-Za-z0-9_.+-]*){3}$/, hostile);
  }
});
