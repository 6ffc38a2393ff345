// What the workspace depends on: licences that its own licence (Apache-2.0) can live with, exact versions, and a sentence for each direct
// dependency in docs/dependencies.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WORKSPACE } from './test-files.ts';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** May be shipped with an Apache-2.0 program. MPL-2.0 binds its own files only. GPL and AGPL would bind ours. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Unlicense',
];

const lockfile = JSON.parse(readFileSync(join(WORKSPACE, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};
const packages = Object.entries(lockfile.packages);
const registryPackages = packages.filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true);
const ownPackages = packages.filter(([path]) => !path.includes('node_modules/'));
const direct = ownPackages.flatMap(([path, entry]) =>
  Object.entries({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
    .filter(([name]) => !name.startsWith('@muster/'))
    .map(([name, version]) => ({ path, name, version })),
);

test('every dependency has a licence that Apache-2.0 can live with', () => {
  assert.ok(registryPackages.length > 50, 'the lockfile was not read');
  const refused = registryPackages.filter(([, { license }]) => !ALLOWED.includes(license ?? ''));
  assert.deepEqual(
    refused.map(([path, { license }]) => `${path}: ${license}`),
    [],
  );
});

test('every package comes from the registry with its integrity', () => {
  const loose = registryPackages.filter(
    ([, { integrity, resolved }]) => integrity === undefined || resolved?.startsWith('https://') === false,
  );
  assert.deepEqual(
    loose.map(([path]) => path),
    [],
  );
});

test('every direct dependency is pinned to one version', () => {
  const ranges = direct.filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  assert.deepEqual(ranges, []);
});

test('every direct dependency has its sentence in docs/dependencies.md', () => {
  const page = readFileSync(join(WORKSPACE, 'docs', 'dependencies.md'), 'utf8');
  const listed = new Map(
    page
      .split('\n')
      .flatMap((line) => [...line.matchAll(/^\| `([^`]+)` +\| (.+?) +\|/g)].map(([, name, text]) => [name ?? '', text ?? ''])),
  );
  const names = new Set(direct.map(({ name }) => name));
  assert.deepEqual(
    [...names].filter((name) => (listed.get(name) ?? '').length < 20).toSorted(),
    [],
    'a dependency without a sentence',
  );
  assert.deepEqual(
    [...listed.keys()].filter((name) => !names.has(name)).toSorted(),
    [],
    'a sentence about what is not there any more',
  );
});
