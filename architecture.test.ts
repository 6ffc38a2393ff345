// The rules of architecture.md, section 3, and of the house style, as tests: they read every source file. A failure names the file,
// what it does, and why the rule is there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  domainViolations,
  kyselyViolations,
  operationViolations,
  packageViolations,
  planViolations,
  platformViolations,
} from './scripts/architecture/import-rules.ts';
import { readSourceFiles } from './scripts/architecture/source-files.ts';
import type { SourceFile } from './scripts/architecture/source-files.ts';
import {
  banViolations,
  headViolations,
  nameViolations,
  sizeViolations,
  testViolations,
} from './scripts/architecture/text-rules.ts';

const files = readSourceFiles();

const RULES: readonly (readonly [string, (files: readonly SourceFile[]) => string[]])[] = [
  ['packages import only what their program may carry', packageViolations],
  ['the platform imports no domain, and its folders form a DAG', platformViolations],
  ['domains import only index.ts of lower domains', domainViolations],
  ['only stores import Kysely', kyselyViolations],
  ["operations are imported by their domain's index.ts alone", operationViolations],
  ['plans are pure', planViolations],
  ['time, timers, randomness, environment and console are reached at the edges only', banViolations],
  ['tests neither sleep nor skip silently nor leave others out', testViolations],
  ['every file opens with what it is', headViolations],
  ['no file is longer than its limit', sizeViolations],
  ['files are named after things, in kebab-case', nameViolations],
];

test('the source files are found', () => {
  assert.ok(files.length > 50, `only ${files.length} files`);
  assert.ok(files.some((file) => file.path === 'cli/bin.mjs' && file.imports.length > 0));
});

for (const [name, violations] of RULES) {
  test(name, () => {
    const found = violations(files);
    assert.equal(found.length, 0, `\n${found.join('\n')}`);
  });
}
