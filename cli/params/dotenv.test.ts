// Files of NAME=value lines: what is written is read back, by us, by a POSIX shell and by Node; and what other programs write is read.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { dotenvLine, readDotenv } from './dotenv.ts';

/** What quoting is about comes often. */
const values = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\t', '"', "'", '`', '$', '#', '\\', 'n', '=', '!', '(') }),
  fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')),
);
const variables = fc.array(values, { maxLength: 5 });
const fileOf = (list: readonly string[]): string => list.map((value, at) => dotenvLine(`V${at}`, value)).join('');
const expected = (list: readonly string[]) => list.map((value, at) => [`V${at}`, value] as const);

test('whatever the value, it is read back as it was written', () => {
  fc.assert(
    fc.property(variables, (list) => {
      assert.deepEqual([...readDotenv(fileOf(list), 'f')], expected(list));
    }),
    { numRuns: 2_000 },
  );
});

test('a POSIX shell that sources the file gets the same values', () => {
  const dir = mkdtempSync(join(tmpdir(), 'muster-dotenv-'));
  try {
    const list = fc.sample(values, { numRuns: 1_000, seed: 7 });
    writeFileSync(join(dir, 'file'), fileOf(list));
    const script = `set -a; . ./file; exec "${process.execPath}" -e 'process.stdout.write(JSON.stringify(process.env))'`;
    const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8', env: {} });
    assert.equal(status, 0, stderr);
    const got = JSON.parse(stdout) as Record<string, string>;
    for (const [name, value] of expected(list)) assert.equal(got[name], value);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("Node's own reader agrees, for values without an apostrophe", () => {
  fc.assert(
    fc.property(
      values.filter((value) => !/['\r]/.test(value)),
      (value) => {
        assert.equal(parseEnv(dotenvLine('V', value))['V'], value);
      },
    ),
  );
});

test('bare where it can be, quoted where it must', () => {
  assert.equal(dotenvLine('V', 'postgres://u:p@h:5432/db'), 'V=postgres://u:p@h:5432/db\n');
  assert.equal(dotenvLine('V', 'a $HOME "b" #c'), `V='a $HOME "b" #c'\n`);
  assert.equal(dotenvLine('V', `it's $5`), `V="it's \\$5"\n`);
  assert.equal(dotenvLine('V', ''), 'V=\n');
});

test('what others write is read: comments, export, spaces, escapes, several lines', () => {
  const text = [
    '\uFEFF# a comment',
    'A=1',
    '',
    'export B = two words # not this',
    "C='literal \\n $A'",
    'D="line\\nbreak \\"quoted\\"" # nor this',
    'E="two',
    'lines"',
    'F=',
    "G=it's",
    'H=#nothing',
    '\tI=x',
  ].join('\r\n');
  assert.deepEqual(Object.fromEntries(readDotenv(text, 'f')), {
    A: '1',
    B: 'two words',
    C: 'literal \\n $A',
    D: 'line\nbreak "quoted"',
    E: 'two\r\nlines',
    F: '',
    G: "it's",
    H: '',
    I: 'x',
  });
});

test('what cannot be read is said with its line and without its text', () => {
  for (const [text, sentence] of [
    ['A=1\nsecret', 'f, line 2: expected NAME=value'],
    ['=secret', 'f, line 1: expected NAME=value'],
    ['A=1\n\nA=2', 'f, line 3: A stands there twice'],
    ['A="secret', 'f, line 1: the quote " is not closed'],
    ["A='secret", "f, line 1: the quote ' is not closed"],
    ["A='sec'ret", 'f, line 1: there is more behind the closing quote'],
  ] as const)
    assert.throws(() => readDotenv(text, 'f'), { message: sentence });
});
