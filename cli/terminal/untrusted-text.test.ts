// What nodes write can do nothing to a terminal but colour it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { colouredText, jsonLine, plainName, plainText } from './untrusted-text.ts';

const piece = fc.oneof(
  fc.constantFrom(
    '\x1b',
    '\x1b[',
    '\x1b[31m',
    '\x1b[2J',
    '\x1b]0;',
    '\x07',
    '\x1b\\',
    '\x9b',
    ';',
    '8',
    'm',
    '\r',
    '\n',
    '\t',
    '\x1bP',
  ),
  fc.string({ unit: 'binary' }),
  fc.string(),
);
const hostile = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
/** Everything that is neither text nor harmless. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

test('whatever is written, only line ends, tabs and complete colours come through', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = colouredText(text);
      assert.doesNotMatch(shown, FORBIDDEN);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(shown.replaceAll(/\x1b\[[\d;]*m/g, ''), /\x1b/);
      assert.ok(!plainText(text).includes('\x1b'));
      assert.doesNotMatch(plainName(text), /[\n\t]/);
    }),
    { numRuns: 2_000 },
  );
});

test('a line of JSON does nothing to a terminal, and says the same', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = jsonLine({ text });
      assert.doesNotMatch(line, FORBIDDEN);
      assert.ok(!line.includes('\x1b'));
      assert.deepEqual(JSON.parse(line), { text });
    }),
  );
  assert.equal(jsonLine({ text: '\x9b2J' }), '{"text":"\\u009b2J"}');
});

test('colours stay, and end with their line', () => {
  assert.equal(colouredText('\x1b[31mred\nalso\x1b[0m plain'), '\x1b[31mred\x1b[0m\nalso\x1b[0m plain\x1b[0m');
  assert.equal(colouredText('\x1b[1;38;5;208mx'), '\x1b[1;38;5;208mx\x1b[0m');
  assert.equal(colouredText('\x1b[31mred\n'), '\x1b[31mred\x1b[0m\n');
  assert.equal(plainText('\x1b[31mred'), 'red');
});

test('hidden and blinking text is shown as text', () => {
  assert.equal(colouredText('a\x1b[8mhidden\x1b[5mb'), 'ahiddenb');
});

test('titles, cursor moves and answers of the terminal are taken out, what is left is shown', () => {
  assert.equal(colouredText('a\x1b]0;title\x07b\x1b[2Jc\x1b[6nd\x1b[1;1He'), 'abcde');
  assert.equal(colouredText('\x1b]52;c;Zm9v\x1b\\x'), 'x');
  assert.equal(colouredText('50%\r100%\r\n\x07\x00\x7f\x1b'), '50%^M100%\n^G^@^?^[');
  assert.equal(colouredText('safe\u202Egpj.exe'), 'safe<U+202E>gpj.exe');
});

test('no sequence is put together from what stood around another', () => {
  assert.equal(colouredText('\x1b\x1b[2J[2Jx'), '^[[2Jx');
});
