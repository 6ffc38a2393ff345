// Archives as people make them, and as somebody makes them who wants more than a package: nothing of the latter is written outside.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { zipOf } from '../testing/zip-fixture.ts';
import type { FixtureEntry } from '../testing/zip-fixture.ts';
import { ArchiveError, unpackZip } from './zip.ts';

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-zip-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function unpack(home: string, archive: Buffer): Promise<string> {
  const file = join(home, 'a.zip');
  writeFileSync(file, archive);
  const directory = join(home, 'out', 'in');
  rmSync(directory, { recursive: true, force: true });
  await unpackZip(file, directory);
  return directory;
}

describe('unpackZip', () => {
  it('brings files, directories and what may be executed', async () => {
    using home = temporary();
    const large = 'line of text\n'.repeat(20_000);
    const directory = await unpack(
      home.path,
      zipOf([
        { name: 'install.sh', text: '#!/bin/sh\necho hi\n', method: 'stored' },
        { name: 'lib/' },
        { name: 'lib/deep/large.txt', text: large },
        { name: 'windows\\style.txt', text: 'w' },
        { name: 'empty', text: '' },
      ]),
    );
    assert.equal(readFileSync(join(directory, 'install.sh'), 'utf8'), '#!/bin/sh\necho hi\n');
    assert.equal(statSync(join(directory, 'install.sh')).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, 'lib/deep/large.txt')).mode & 0o777, 0o600);
    assert.equal(readFileSync(join(directory, 'lib/deep/large.txt'), 'utf8'), large);
    assert.equal(readFileSync(join(directory, 'windows/style.txt'), 'utf8'), 'w');
    assert.equal(statSync(join(directory, 'empty')).size, 0);
  });

  const refused: readonly (readonly [string, readonly FixtureEntry[], RegExp])[] = [
    ['a way out', [{ name: '../../evil', text: 'x' }], /leads out of the archive/],
    ['a way out with backslashes', [{ name: '..\\evil', text: 'x' }], /leads out of the archive/],
    ['an absolute name', [{ name: '/etc/evil', text: 'x' }], /leads out of the archive/],
    ['a drive', [{ name: 'C:evil', text: 'x' }], /the name .* is refused/],
    ['a NUL', [{ name: 'a\0b', text: 'x' }], /the name .* is refused/],
    ['a symbolic link', [{ name: 'link', text: '/etc', mode: 0o120777 }], /symbolic link or a device/],
    [
      'the same name twice',
      [
        { name: 'a', text: '1' },
        { name: 'A', text: '2' },
      ],
      /twice in the archive/,
    ],
    [
      'a file as a directory',
      [
        { name: 'a', text: '1' },
        { name: 'a/b', text: '2' },
      ],
      /lies below a file/,
    ],
    ['encryption', [{ name: 'a', text: '1', flags: 1 }], /encrypted/],
    ['a wrong checksum', [{ name: 'a', text: '1', lie: { checksum: 7 } }], /a is damaged/],
    ['more than it says', [{ name: 'a', text: '12345', lie: { sizeBytes: 2 } }], /larger than the archive says/],
    ['less than it says', [{ name: 'a', text: '12345', lie: { sizeBytes: 50 } }], /a is damaged/],
    [
      'entries in each other',
      [
        { name: 'a', text: '1' },
        { name: 'b', text: '1', lie: { offset: 0 } },
      ],
      /overlap/,
    ],
    ['a place behind its end', [{ name: 'a', text: '1', lie: { packedBytes: 100_000 } }], /overlap/],
    [
      'more than the limit',
      [
        { name: 'a', lie: { sizeBytes: 0xfffffffe } },
        { name: 'b', lie: { sizeBytes: 2 ** 31 } },
      ],
      /holds more than/,
    ],
    ['zip64', [{ name: 'a', lie: { sizeBytes: 0xffffffff } }], /zip64/],
    ['a bomb', [{ name: 'a', text: 'x', lie: { sizeBytes: 100 * 1024 * 1024 } }], /times as large/],
  ];
  for (const [what, entries, why] of refused) {
    it(`refuses ${what}`, async () => {
      using home = temporary();
      await assert.rejects(
        unpack(home.path, zipOf(entries)),
        (error) => error instanceof ArchiveError && why.test(error.message),
      );
      assert.deepEqual(
        readdirSync(home.path).filter((name) => !['a.zip', 'out'].includes(name)),
        [],
      );
      assert.ok(!existsSync(join(home.path, 'out', 'evil')));
    });
  }

  it('answers whatever bytes it is given with files inside of the directory, or with a sentence', async () => {
    using home = temporary();
    const good = zipOf([
      { name: 'a/b', text: 'hello '.repeat(100) },
      { name: 'c', text: 'stored', method: 'stored' },
    ]);
    const mutation = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
        const bytes = Buffer.from(good);
        for (const { at, value } of mutations) bytes[at] = value;
        await unpack(home.path, bytes).catch((error: unknown) => {
          if (!(error instanceof ArchiveError)) throw error;
        });
        assert.deepEqual(
          readdirSync(home.path).toSorted(),
          ['a.zip', 'out'].filter((name) => existsSync(join(home.path, name))),
        );
        assert.ok(!existsSync(join(home.path, 'out')) || readdirSync(join(home.path, 'out')).every((name) => name === 'in'));
      }),
      { numRuns: 200 },
    );
  });
});
