// Patterns with `*` (any run of characters) and `?` (one character, a UTF-16 unit), as IAM knows them. Bounded: at most length of text × length of
// pattern steps, whatever a stranger writes.

/** What stands between two stars. */
interface Part {
  readonly text: string;
  /** Places in `text` that match anything; undefined: none. */
  readonly open: ReadonlySet<number> | undefined;
}

/** Characters that came from a policy variable are never wildcards. */
export interface Glob {
  readonly parts: readonly Part[];
  /** Set when there is no wildcard at all. */
  readonly exact: string | undefined;
}

/** `literal` pieces are taken as they stand, `pattern` pieces may hold wildcards. */
export type GlobPiece = { readonly literal: string } | { readonly pattern: string };

export function compileGlob(pattern: string): Glob {
  return compilePieces([{ pattern }]);
}

export function compilePieces(pieces: readonly GlobPiece[]): Glob {
  const parts: { text: string; open: Set<number> }[] = [{ text: '', open: new Set() }];
  const last = () => parts[parts.length - 1]!;
  for (const piece of pieces) {
    if ('literal' in piece) {
      last().text += piece.literal;
      continue;
    }
    for (const [index, run] of piece.pattern.split('*').entries()) {
      if (index > 0) parts.push({ text: '', open: new Set() });
      const part = last();
      for (let at = run.indexOf('?'); at >= 0; at = run.indexOf('?', at + 1)) part.open.add(part.text.length + at);
      part.text += run;
    }
  }
  const done = parts.map(({ text, open }) => ({ text, open: open.size === 0 ? undefined : open }));
  const [only] = done;
  return { parts: done, exact: done.length === 1 && only?.open === undefined ? only?.text : undefined };
}

export function matchesGlob(glob: Glob, text: string): boolean {
  if (glob.exact !== undefined) return glob.exact === text;
  const { parts } = glob;
  const first = parts[0]!;
  if (!isAt(first, text, 0)) return false;
  if (parts.length === 1) return first.text.length === text.length;
  const last = parts[parts.length - 1]!;
  let at = first.text.length;
  for (let index = 1; index < parts.length - 1; index += 1) {
    const part = parts[index]!;
    // The leftmost place leaves the most for what follows.
    const found = find(part, text, at);
    if (found < 0) return false;
    at = found + part.text.length;
  }
  const lastAt = text.length - last.text.length;
  return lastAt >= at && isAt(last, text, lastAt);
}

function find(part: Part, text: string, from: number): number {
  if (part.open === undefined) return text.indexOf(part.text, from);
  for (let at = from; at + part.text.length <= text.length; at += 1) if (isAt(part, text, at)) return at;
  return -1;
}

function isAt({ text: wanted, open }: Part, text: string, at: number): boolean {
  if (open === undefined) return text.startsWith(wanted, at);
  if (at + wanted.length > text.length) return false;
  for (let index = 0; index < wanted.length; index += 1)
    if (!open.has(index) && wanted.charCodeAt(index) !== text.charCodeAt(at + index)) return false;
  return true;
}
