// The rules of architecture.md, section 3, and of the house style, as tests: they read every source file. A failure names the file,
// what it does, and why the rule is there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circleViolations } from './scripts/architecture/import-circles.ts';
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
  ['no two files import each other in a circle, types included', circleViolations],
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

test('a circle is told file by file, also where one of its imports is of types alone', () => {
  const circle = [
    fileImporting('a/first.ts', ['a/second.ts', false]),
    fileImporting('a/second.ts', ['a/third.ts', false], ['a/leaf.ts', false]),
    fileImporting('a/third.ts', ['a/first.ts', true], ['a/leaf.ts', true]),
    fileImporting('a/leaf.ts'),
  ];
  const [found = '', ...others] = circleViolations(circle);
  assert.match(found, /^a\/first\.ts -> a\/second\.ts -> a\/third\.ts -> a\/first\.ts: /);
  assert.deepEqual(others, []);
  assert.deepEqual(circleViolations(circle.slice(0, 2)), []);
  assert.deepEqual(
    circleViolations([fileImporting('a/a.test.ts', ['a/b.ts', false]), fileImporting('a/b.ts', ['a/a.test.ts', true])]),
    [],
  );
});

function fileImporting(path: string, ...imports: readonly (readonly [file: string, typeOnly: boolean])[]): SourceFile {
  return {
    path,
    text: '',
    code: '',
    imports: imports.map(([file, typeOnly]) => ({ specifier: file, file, typeOnly, dynamic: false })),
    isTest: path.endsWith('.test.ts'),
    isGenerated: false,
  };
}
