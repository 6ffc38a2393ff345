// What stands after `--`, as a real shell takes it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { shellLine } from './shell-line.ts';

/** Programs take any characters but NUL. */
const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "'",
    '$(exit 9)',
    '`x`',
    'a b',
    '',
    '-n',
    '*',
    '~',
    '!',
    '\n',
    '{a,b}',
    'a=b',
    '%1',
    'if',
    '\\',
    '"',
    '#',
    ';',
    '&',
  ),
);
const words = fc.array(
  word.map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 6 },
);

test('sh makes the same words again', () => {
  fc.assert(
    fc.property(words, (args) => {
      const line = shellLine(['printf', '%s\\0', ...args], 'sh');
      const { stdout, status } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
      assert.equal(status, 0);
      assert.deepEqual(stdout.split('\0').slice(0, -1), args);
    }),
    { numRuns: 150 },
  );
});

test('one word alone is a line of the shell', () => {
  assert.equal(shellLine(['df -h | tail -n 1'], 'sh'), 'df -h | tail -n 1');
  assert.equal(shellLine(['Get-Process | Select -First 1'], 'pwsh'), 'Get-Process | Select -First 1');
});

test('a first word is a program, never an assignment, a job or a word of the shell', () => {
  assert.equal(shellLine(['A=b', 'c'], 'sh'), "'A=b' c");
  assert.equal(shellLine(['if', 'x'], 'sh'), "'if' x");
  assert.equal(shellLine(['%1', 'x'], 'sh'), "'%1' x");
});

test('PowerShell is given literal strings', () => {
  assert.equal(shellLine(['echo', "it's", '$x', 'a b'], 'pwsh'), "& 'echo' 'it''s' '$x' 'a b'");
  assert.equal(shellLine(['echo', 'it\u2019s'], 'pwsh'), "& 'echo' 'it\u2019\u2019s'");
});
