// Patterns against regular expressions that say the same.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { compileGlob, compilePieces, matchesGlob } from './glob.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 8 });

it('stars match any run and question marks one character, as a regular expression says', () => {
  fc.assert(
    fc.property(pattern, text, (glob, given) => {
      const expected = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(given);
      assert.equal(matchesGlob(compileGlob(glob), given), expected);
    }),
    { numRuns: 20_000 },
  );
  assert.equal(matchesGlob(compileGlob('ab*ba'), 'aba'), false);
});

it('literal pieces bring no wildcards', () => {
  const glob = compilePieces([{ pattern: 'a*' }, { literal: '*?' }, { pattern: '?' }]);
  assert.equal(matchesGlob(glob, 'axx*?z'), true);
  assert.equal(matchesGlob(glob, 'axxbbz'), false);
});

it('a pattern made to be slow is judged at once', () => {
  const slow = compileGlob(`${'a*'.repeat(500)}b`);
  assert.equal(matchesGlob(slow, 'a'.repeat(2_048)), false);
});
