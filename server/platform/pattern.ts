// `allowedPattern` of documents and parameters is a stranger's regular expression over a stranger's text: it is compiled by RE2 (linear time), never by the engine's own
// backtracking one. Linear is not short: RE2 takes pattern times text, and `{1000}` makes a long pattern of a few characters. So the size of a
// pattern is bounded, and what one call may spend is.
// AWS checks with Java at the API and agents with RE2; what RE2 cannot parse (look-arounds, back-references) is refused when the document or parameter is written.
import { RE2JS } from 're2js';
import { expandedSize } from './pattern-size.ts';

export interface Pattern {
  /** Instructions of its program. */
  readonly size: number;
  /** Whether the whole text matches, as Java's `matches()`. */
  matches(text: string): boolean;
}

/** What one call has left, in instructions looked at for a character: some ten nanoseconds each. */
export interface Effort {
  left: number;
}

/** About a second of a processor. A name of 200 characters against a pattern of common size costs a thousandth of it. */
const EFFORT_MAX = 50_000_000;
/** Compiling an instruction takes as long as looking at so many. */
const COMPILE_FACTOR = 100;
/** Five times `.{1,1000}`. */
const PATTERN_SIZE_MAX = 10_000;
/** Of all that are kept, at half a KB an instruction: 100 MB. Patterns in use by running commands are few, so a SendCommand costs no compilation. */
const COMPILED_SIZE_MAX = 200_000;
/** Long ones are not needed. */
const PATTERN_CHARACTERS_MAX = 4096;

const compiled = new Map<string, Pattern>();
let compiledSize = 0;

export function newEffort(): Effort {
  return { left: EFFORT_MAX };
}

/** Throws with the reason when it is no pattern that can be matched in linear time, or too large a one. */
export function compilePattern(source: string): Pattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  if (source.length > PATTERN_CHARACTERS_MAX) throw new RangeError(`longer than ${PATTERN_CHARACTERS_MAX} characters`);
  if (expandedSize(source) > PATTERN_SIZE_MAX) throw tooLarge();
  const pattern = RE2JS.compile(source);
  const size = pattern.programSize();
  if (size > PATTERN_SIZE_MAX) throw tooLarge();
  return remember(source, { size, matches: (text) => pattern.matches(text) });
}

/** For patterns that nobody has judged before. Throws as `compilePattern` does, and when there have been too many large ones. */
export function compileWithin(effort: Effort, source: string): Pattern {
  // One that is too large alone is told so below.
  effort.left -= Math.min(expandedSize(source), PATTERN_SIZE_MAX) * COMPILE_FACTOR;
  if (effort.left < 0) throw new RangeError('the patterns of the document are too large together: repeat less with {n,m}');
  return compilePattern(source);
}

/** Undefined: it would take more than the call has left. */
export function matchWithin(effort: Effort, pattern: Pattern, text: string): boolean | undefined {
  effort.left -= pattern.size * text.length;
  return effort.left < 0 ? undefined : pattern.matches(text);
}

function tooLarge(): RangeError {
  return new RangeError(
    `written out it has more than ${PATTERN_SIZE_MAX} parts: repeat less with {n,m}, or use minChars and maxChars`,
  );
}

function remember(source: string, pattern: Pattern): Pattern {
  for (const [oldest, { size }] of compiled) {
    if (compiledSize + pattern.size <= COMPILED_SIZE_MAX) break;
    compiled.delete(oldest);
    compiledSize -= size;
  }
  compiled.set(source, pattern);
  compiledSize += pattern.size;
  return pattern;
}
