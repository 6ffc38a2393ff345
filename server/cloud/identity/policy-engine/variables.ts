// Policy variables: `${aws:username}`, with a default `${aws:username, 'nobody'}`, and the three escapes `${*}`, `${?}`, `${$}`. They exist in
// version 2012-10-17 only; before, they are plain text. What a variable stands for is taken literally: it brings no wildcards.
import type { GlobPiece } from './glob.ts';
import type { RequestFacts } from './request.ts';

/** A text that is known at once, or pieces of which some must be looked up for each request. */
export type Template = readonly TemplatePiece[];
export type TemplatePiece = GlobPiece | Variable;
export interface Variable {
  readonly variable: string;
  readonly otherwise: string | undefined;
}

const VARIABLE = /\$\{\s*([^${}]+?|[*?$])\s*\}/g;
const WITH_DEFAULT = /^([^,']+?)\s*,\s*'([^']*)'$/;

export function parseTemplate(text: string, hasVariables: boolean): Template {
  if (!hasVariables || !text.includes('${')) return [{ pattern: text }];
  const pieces: TemplatePiece[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > at) pieces.push({ pattern: text.slice(at, match.index) });
    pieces.push(piece(match[1] ?? ''));
    at = match.index + match[0].length;
  }
  if (at < text.length || pieces.length === 0) pieces.push({ pattern: text.slice(at) });
  return pieces;
}

function piece(inside: string): TemplatePiece {
  if (inside === '*' || inside === '?' || inside === '$') return { literal: inside };
  const [, name, otherwise] = WITH_DEFAULT.exec(inside) ?? [];
  return { variable: (name ?? inside).trim().toLowerCase(), otherwise: name === undefined ? undefined : otherwise };
}

export function isFixed(template: Template): template is readonly GlobPiece[] {
  return template.every((one) => !('variable' in one));
}

/** Undefined when a variable has no value in this request: such a text matches nothing. */
export function fill(template: Template, request: RequestFacts): readonly GlobPiece[] | undefined {
  const filled: GlobPiece[] = [];
  for (const one of template) {
    if (!('variable' in one)) {
      filled.push(one);
      continue;
    }
    const value = valueOf(one, request);
    if (value === undefined) return undefined;
    filled.push({ literal: value });
  }
  return filled;
}

export function variablesOf(template: Template): readonly Variable[] {
  return template.filter((one) => 'variable' in one);
}

/** A key with several values has no text. */
export function valueOf({ variable, otherwise }: Variable, request: RequestFacts): string | undefined {
  const values = request.keys.get(variable);
  return values?.length === 1 ? values[0] : otherwise;
}

/** As text, for operators that know no wildcards. */
export function plain(pieces: readonly GlobPiece[]): string {
  return pieces.map((one) => ('literal' in one ? one.literal : one.pattern)).join('');
}
