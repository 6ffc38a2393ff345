// The difference of two values, line by line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unifiedDiff } from './line-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 25 }).map((list) => list.join('\n'));

test('one line is replaced, and nothing is said of equal texts', () => {
  assert.deepEqual(unifiedDiff('80', '81'), ['@@ -1 +1 @@', '-80', '+81']);
  assert.deepEqual(unifiedDiff('80', '80'), []);
});

test('three lines around a change are shown, and the number of the first', () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
  const after = before.with(9, 'changed').toSpliced(15, 1);
  assert.deepEqual(unifiedDiff(before.join('\n'), after.join('\n')), [
    '@@ -7,13 +7,12 @@',
    ' line 7',
    ' line 8',
    ' line 9',
    '-line 10',
    '+changed',
    ' line 11',
    ' line 12',
    ' line 13',
    ' line 14',
    ' line 15',
    '-line 16',
    ' line 17',
    ' line 18',
    ' line 19',
  ]);
});

/** As patch does it. */
function patched(before: string, diff: readonly string[]): string {
  const old = before.split('\n');
  const made: string[] = [];
  let at = 0;
  for (const line of diff) {
    const [, from, count = '1'] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? [];
    if (from !== undefined) {
      const start = count === '0' ? Number(from) : Number(from) - 1;
      made.push(...old.slice(at, start));
      at = start;
      continue;
    }
    if (line[0] !== '+') assert.equal(old[at++], line.slice(1));
    if (line[0] !== '-') made.push(line.slice(1));
  }
  return [...made, ...old.slice(at)].join('\n');
}

test('the one text with the difference applied is the other', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      assert.equal(patched(before, unifiedDiff(before, after)), after);
    }),
  );
});

test('values of the greatest size differ in a moment', () => {
  const before = 'a\n'.repeat(4_096);
  const after = 'b\n'.repeat(4_096);
  assert.equal(unifiedDiff(before, after).filter((line) => /^[-+]/.test(line)).length, 8_192);
});
