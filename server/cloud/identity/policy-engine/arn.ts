// Patterns of ARNs: the first five parts are matched each for itself, so that a star in one never reaches into the next; the rest, the resource,
// as a whole. Parts that a pattern leaves out are `*`, as IAM completes them.
import { compilePieces, type Glob, type GlobPiece, matchesGlob } from './glob.ts';

const PARTS = 6;

/** One pattern for each of the six parts; undefined: everything (the pattern `*`). */
export type ArnGlobs = readonly Glob[] | undefined;

export function arnGlobs(pieces: readonly GlobPiece[]): ArnGlobs {
  if (pieces.length === 1 && pieces[0] !== undefined && 'pattern' in pieces[0] && pieces[0].pattern === '*') return undefined;
  const parts: GlobPiece[][] = [[]];
  for (const piece of pieces) {
    const text = 'literal' in piece ? piece.literal : piece.pattern;
    let rest = text;
    while (parts.length < PARTS && rest.includes(':')) {
      const colon = rest.indexOf(':');
      push(parts, piece, rest.slice(0, colon));
      parts.push([]);
      rest = rest.slice(colon + 1);
    }
    push(parts, piece, rest);
  }
  while (parts.length < PARTS) parts.push([{ pattern: '*' }]);
  return parts.map((part) => compilePieces(part));
}

function push(parts: GlobPiece[][], piece: GlobPiece, text: string): void {
  if (text !== '') parts.at(-1)?.push('literal' in piece ? { literal: text } : { pattern: text });
}

/** `*`, the resource of actions without a resource type, has no parts: the pattern `*` alone matches it. */
export function matchesArn(globs: ArnGlobs, parts: readonly string[] | undefined): boolean {
  if (globs === undefined) return true;
  if (parts === undefined) return false;
  // From the end: the last part tells most ARNs apart.
  for (let index = PARTS - 1; index >= 0; index -= 1) if (!matchesGlob(globs[index]!, parts[index]!)) return false;
  return true;
}

export function splitArn(arn: string): readonly string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < PARTS || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(':')];
}
