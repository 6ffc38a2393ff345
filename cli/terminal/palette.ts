// Colours of the command line's own words. Without a terminal, with NO_COLOR, or where TERM is dumb, they are nothing.
import type { OutputStream } from '../host.ts';

export interface Palette {
  readonly colours: boolean;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
  /** Always the same colour for the same name. */
  named(text: string): string;
}

/** Cyan, yellow, blue, magenta and their bright ones; red and green mean something. */
const NAME_COLOURS = [36, 33, 34, 35, 96, 93, 94, 95];

/** Whether a stream may be given colours and lines that are drawn again. */
export function isRich(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function palette(colours: boolean): Palette {
  const paint = (code: number) => (text: string) => (colours && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text);
  return {
    colours,
    good: paint(32),
    bad: paint(31),
    faint: paint(2),
    strong: paint(1),
    named: (text) => paint(NAME_COLOURS[sumOf(text) % NAME_COLOURS.length] ?? 36)(text),
  };
}

function sumOf(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum;
}
