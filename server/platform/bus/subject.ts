// NATS subjects: tokens joined by dots. In a subscription `*` stands for one token and a last `>` for one or more. Pure.

/** Long enough for `muster.<area>.<account>.<region>.<id>`; NATS itself advises to stay below 256. */
const SUBJECT_CHARACTERS_MAX = 256;
const TOKEN = /^[^\s.*>]+$/;

/** Throws when `subject` is none that can be published to. */
export function assertSubject(subject: string): void {
  if (subject.length > SUBJECT_CHARACTERS_MAX || !subject.split('.').every((token) => TOKEN.test(token))) {
    throw new Error(
      `'${subject.slice(0, SUBJECT_CHARACTERS_MAX)}' is not a subject: tokens joined by dots, no blanks, no wildcards`,
    );
  }
}

/** The tokens of a subscription; throws when it is none. */
export function parsePattern(pattern: string): readonly string[] {
  const tokens = pattern.split('.');
  const valid = tokens.every(
    (token, at) => token === '*' || (token === '>' && at > 0 && at === tokens.length - 1) || TOKEN.test(token),
  );
  if (pattern.length > SUBJECT_CHARACTERS_MAX || !valid) {
    throw new Error(
      `'${pattern.slice(0, SUBJECT_CHARACTERS_MAX)}' is not a subscription: tokens joined by dots, '*' for one, a last '>' for the rest`,
    );
  }
  return tokens;
}

export function hasWildcard(tokens: readonly string[]): boolean {
  return tokens.some((token) => token === '*' || token === '>');
}

export function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  const open = pattern.at(-1) === '>';
  if (open ? subject.length < pattern.length : subject.length !== pattern.length) return false;
  return pattern.every((token, at) => token === '*' || token === '>' || token === subject[at]);
}
