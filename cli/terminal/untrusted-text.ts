// What nodes wrote, made safe for a terminal: line ends, tabs and SGR colours stay; everything else that could move the cursor, set a
// title, hide text or answer into the keyboard is taken out or shown as `cat -v` would. Invariant: the result has no control character
// but \n, \t and complete SGR sequences of the attributes listed here.

// CSI, OSC/DCS/SOS/PM/APC with their terminator, two-character escapes; then what is left over.
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const SEQUENCE = /\x1b\[([0-?]*)([ -/]*)([@-~])|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]+[0-~]/g;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;
// oxlint-disable-next-line no-control-regex
const SGR = /^\x1b\[[\d;]*m$/;
/** Bold, dim, italic, underline, inverse, struck out, and their ends; colours. Not blinking (5, 6), not hidden (8). */
const PLAIN_ATTRIBUTES = new Set([0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29, 39, 49]);
const SGR_RESET = '\x1b[0m';
/** Nobody writes longer ones in earnest. */
const SGR_CHARS_MAX = 64;

/** For a terminal with colours: those of the text stay, and end with each line. */
export function colouredText(text: string): string {
  return show(text, true);
}

/** For everything else: names, messages, a terminal without colours. Line ends and tabs stay. */
export function plainText(text: string): string {
  return show(text, false);
}

/** For names, in tables and before lines: on one line. */
export function plainName(text: string): string {
  return plainText(text).replaceAll(/[\n\t]/g, ' ');
}

/** A line of JSON, which leaves some of what moves a terminal as it is: here that is escaped, too. The value is the same. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function show(text: string, colours: boolean): string {
  let found = false;
  // The text between sequences is judged apart, so that no sequence can be put together from the leftovers of another.
  let shown = '';
  let from = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    shown += visible(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (!colours || !isHarmlessColour(match)) continue;
    shown += match[0];
    found = true;
  }
  shown += visible(text.slice(from));
  if (!found) return shown;
  const ended = shown.replaceAll('\n', `${SGR_RESET}\n`);
  return ended.endsWith('\n') ? ended : ended + SGR_RESET;
}

function isHarmlessColour([sequence, parameters = '']: readonly (string | undefined)[]): boolean {
  if (sequence === undefined || sequence.length > SGR_CHARS_MAX || !SGR.test(sequence)) return false;
  const numbers = parameters.split(';').map(Number);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (number === 38 || number === 48) {
      // A colour of the palette, or of three parts.
      index += numbers[index + 1] === 5 ? 2 : 4;
      if (index >= numbers.length) return false;
    } else if (!PLAIN_ATTRIBUTES.has(number) && !isColour(number)) {
      return false;
    }
  }
  return true;
}

function isColour(number: number): boolean {
  return (
    (number >= 30 && number <= 37) ||
    (number >= 40 && number <= 47) ||
    (number >= 90 && number <= 97) ||
    (number >= 100 && number <= 107)
  );
}

function visible(text: string): string {
  // Before a line feed a carriage return says nothing.
  return text.replaceAll('\r\n', '\n').replaceAll(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x7f) return '^?';
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
