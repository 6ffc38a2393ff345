// Pieces of output to lines: each byte once, in order, however they come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LastLines } from './last-lines.ts';
import { OutputLines } from './output-lines.ts';

const of = { instanceId: 'mi-1', step: 'one', stream: 'stdout' } as const;

function linesOf(pieces: readonly { offset: number; data: Uint8Array }[]): string[] {
  const lines = new OutputLines();
  const seen = pieces.flatMap((piece) => lines.accept({ ...of, ...piece }).lines);
  return [...seen, ...lines.finish()].map((line) => line.text);
}

test('pieces cut anywhere and told twice are the lines that were written', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 10 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, fc.array(fc.tuple(fc.nat(300), fc.nat(300))), (written, cuts) => {
      const bytes = Buffer.from(written);
      // Pieces that overlap, each starting no further than what is known so far.
      const pieces: { offset: number; data: Buffer }[] = [];
      let known = 0;
      for (const [from, to] of [...cuts, [0, bytes.length] as const]) {
        const piece = { offset: Math.min(from, known), data: bytes.subarray(Math.min(from, known), to) };
        known = Math.max(known, Math.min(to, bytes.length));
        pieces.push(piece);
      }
      const expected = bytes.toString().split('\n');
      assert.deepEqual(linesOf(pieces), expected.at(-1) === '' ? expected.slice(0, -1) : expected);
    }),
  );
});

test('a piece that is missing is said, and what waited for it is not lost', () => {
  const lines = new OutputLines();
  assert.deepEqual(lines.accept({ ...of, offset: 0, data: Buffer.from('begun') }).lines, []);
  const { lines: seen, gap } = lines.accept({ ...of, offset: 100, data: Buffer.from('end\n') });
  assert.equal(gap?.missingBytes, 95);
  assert.deepEqual(
    seen.map(({ offset, text, ended }) => [offset, text, ended]),
    [
      [0, 'begun', false],
      [100, 'end', true],
    ],
  );
});

test('a line without an end is cut between characters before it fills the memory', () => {
  const seen = linesOf([{ offset: 0, data: Buffer.from('ä'.repeat(100_000)) }]);
  assert.ok(seen.length > 2 && seen.every((line) => /^ä+$/.test(line) && line.length <= 32 * 1024));
  assert.equal(seen.join('').length, 100_000);
});

test('streams and steps of nodes do not mix', () => {
  const lines = new OutputLines();
  const data = Buffer.from('x');
  for (const stream of ['stdout', 'stderr'] as const) lines.accept({ ...of, stream, offset: 0, data });
  lines.accept({ ...of, instanceId: 'mi-2', offset: 0, data });
  assert.equal(lines.finish('mi-1').length, 2);
  assert.equal(lines.finish().length, 1);
});

test('of each node and stream the last lines are kept, in their order', () => {
  const last = new LastLines(2);
  for (let index = 0; index < 9; index++) {
    for (const instanceId of ['mi-1', 'mi-2'])
      last.accept({ ...of, instanceId, offset: index, text: String(index), ended: true });
  }
  assert.deepEqual(
    last.lines().map(({ instanceId, text }) => `${instanceId} ${text}`),
    ['mi-1 7', 'mi-2 7', 'mi-1 8', 'mi-2 8'],
  );
});
