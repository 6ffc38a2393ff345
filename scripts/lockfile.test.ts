// npm ci refuses a lockfile that lacks an optional package of some platform, which happens when a tool's newest version is published before all
// of its platform packages are. In a work tree that has its node_modules nothing is noticed; a newcomer's first command fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('the lockfile holds every package that another one of it names, those of other platforms too', () => {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const names = new Set(
    Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !names.has(name))
      .map((name) => `${name}, named by ${path}`),
  );
  assert.deepEqual(
    missing,
    [],
    'choose versions whose platform packages are all published, and make the lockfile again without node_modules',
  );
});
