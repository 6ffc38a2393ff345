// `allowedPattern` of documents and parameters is a stranger's regular expression over a stranger's text: it is compiled by RE2 (linear time),
// never by the engine's own backtracking one. AWS checks with Java at the API and agents with RE2; what RE2 cannot parse (look-arounds,
// back-references) is refused when the document or parameter is written.
import { RE2JS } from 're2js';

export interface Pattern {
  /** Whether the whole text matches, as Java's `matches()`. */
  matches(text: string): boolean;
}

/** Patterns in use are few; the cache makes a SendCommand or PutParameter cost no compilation. */
const COMPILED_MAX = 500;
/** RE2's program grows with the pattern: long ones are not needed and would be memory for a stranger to take. */
const PATTERN_CHARACTERS_MAX = 4096;

const compiled = new Map<string, Pattern>();

/** Throws with the reason when it is no pattern that can be matched in linear time. */
export function compilePattern(source: string): Pattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  if (source.length > PATTERN_CHARACTERS_MAX) throw new RangeError(`longer than ${PATTERN_CHARACTERS_MAX} characters`);
  const pattern = RE2JS.compile(source);
  const entry: Pattern = { matches: (text) => pattern.matches(text) };
  if (compiled.size >= COMPILED_MAX) {
    const [oldest] = compiled.keys();
    if (oldest !== undefined) compiled.delete(oldest);
  }
  compiled.set(source, entry);
  return entry;
}
