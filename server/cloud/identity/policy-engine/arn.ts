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

/** The six parts, cut out one by one: `split` and `join` would cut a resource's name at its own colons only to mend it. */
export function splitArn(arn: string): readonly string[] | undefined {
  if (!arn.startsWith('arn:')) return undefined;
  const service = after(arn, PARTITION_AT);
  const region = after(arn, service);
  const account = after(arn, region);
  const name = after(arn, account);
  if (name < 0) return undefined;
  return [
    'arn',
    arn.slice(PARTITION_AT, service - 1),
    arn.slice(service, region - 1),
    arn.slice(region, account - 1),
    arn.slice(account, name - 1),
    arn.slice(name),
  ];
}

const PARTITION_AT = 'arn:'.length;

/** Where the part that follows the one at `at` begins; below zero: there is none. */
function after(arn: string, at: number): number {
  const colon = at < 0 ? -1 : arn.indexOf(':', at);
  return colon < 0 ? -1 : colon + 1;
}

/** The account in an ARN, also in one that is cut short; undefined where it says none. */
export function accountIn(arn: string): string | undefined {
  const at = arn.startsWith('arn:') ? after(arn, after(arn, after(arn, PARTITION_AT))) : -1;
  if (at < 0) return undefined;
  const end = arn.indexOf(':', at);
  return arn.slice(at, end < 0 ? undefined : end);
}
