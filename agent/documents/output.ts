// The limits of what a reply carries, as the stock agent's: 24,000 characters of each stream, 2,500 of both together. Cut text
// ends with a marker. Pure.

export const STREAM_CHARACTERS_MAX = 24_000;
export const OUTPUT_CHARACTERS_MAX = 2500;
/** Enough bytes of a file for STREAM_CHARACTERS_MAX characters and one more, whatever they are. */
export const STREAM_BYTES_READ = (STREAM_CHARACTERS_MAX + 1) * 4;

const CUT = '--output truncated--';
const ERROR_TITLE = '\n----------ERROR-------\n';

/** At most `max` characters, the marker included. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max <= CUT.length) return CUT.slice(0, max);
  return `${head(text, max - CUT.length)}${CUT}`;
}

/** Does not leave half of a surrogate pair at the end. */
function head(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** Both streams in one text: when they do not fit, each gets half, and what one does not need the other gets. */
export function combineStreams(stdout: string, stderr: string, max = OUTPUT_CHARACTERS_MAX): string {
  if (stderr === '') return cut(stdout, max);
  const room = max - ERROR_TITLE.length;
  const half = Math.floor(room / 2);
  const forStdout = Math.min(stdout.length, Math.max(half, room - stderr.length));
  const first = cut(stdout, forStdout);
  return `${first}${ERROR_TITLE}${cut(stderr, room - first.length)}`;
}
