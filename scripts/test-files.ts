// Which test files there are and how each is run: units share one process, whatever starts processes of its own or simulates a whole
// server has its own process, end-to-end tests run apart.
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const WORKSPACE = fileURLToPath(new URL('..', import.meta.url));

/** Endings of files that get a process of their own. */
const OWN_PROCESS = ['.process.test.ts', '.sim.test.ts'];

export interface TestFiles {
  readonly units: readonly string[];
  readonly processes: readonly string[];
  readonly endToEnd: readonly string[];
}

/** Absolute paths below `paths` (relative to the workspace; none: everything), sorted. */
export function findTestFiles(paths: readonly string[]): TestFiles {
  const all = globSync('**/*.test.ts', { cwd: WORKSPACE, exclude: (name) => name === 'node_modules' || name.startsWith('.') })
    .filter((file) => paths.length === 0 || paths.some((path) => isBelow(file, path)))
    .toSorted();
  const absolute = (files: readonly string[]): string[] => files.map((file) => join(WORKSPACE, file));
  const inside = all.filter((file) => !isBelow(file, 'e2e'));
  return {
    units: absolute(inside.filter((file) => !ownProcess(file))),
    processes: absolute(inside.filter(ownProcess)),
    endToEnd: absolute(all.filter((file) => isBelow(file, 'e2e'))),
  };
}

function ownProcess(file: string): boolean {
  return OWN_PROCESS.some((ending) => file.endsWith(ending));
}

function isBelow(file: string, path: string): boolean {
  const inside = relative(path, file);
  return !inside.startsWith('..');
}
