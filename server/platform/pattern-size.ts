// How many parts a regular expression of RE2 has when every `{n,m}` is written out, before anything is compiled. Pure; linear. An estimate:
// what is read otherwise than by RE2 is found by the size of the compiled program.

/** `\Q…\E`, another escape, a class (its first `]` is itself), a counted repetition, or one character. */
const TOKEN =
  /\\Q(?:[^\\]|\\(?!E))*(?:\\E)?|\\[pPx]\{[^}]*\}|\\[^]|\[\^?\]?(?:\[:[^\]]*:\]|\\[^]|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|[^]/g;

interface Group {
  /** Before its last atom. */
  readonly size: number;
  /** What a repetition is about. */
  readonly atom: number;
}

const EMPTY: Group = { size: 0, atom: 0 };

export function expandedSize(source: string): number {
  const open: Group[] = [];
  let group = EMPTY;
  for (const [token, least, most] of source.matchAll(TOKEN)) {
    if (least !== undefined) group = { ...group, atom: repeated(group.atom, Number(least), Number(most ?? least)) };
    else if (token === '(') {
      open.push(group);
      group = EMPTY;
    } else if (token === ')') group = followed(open.pop() ?? EMPTY, group.size + group.atom);
    else group = followed(group, token.startsWith('\\Q') ? token.length : 1);
  }
  return [...open, group].reduce((sum, { size, atom }) => sum + size + atom, 0);
}

/** What may be there or not is one part more; `{n,}` has no end, and 0 for it. */
function repeated(atom: number, least: number, most: number): number {
  return atom * Math.max(least, most, 1) + Math.max(0, most - least);
}

function followed({ size, atom }: Group, next: number): Group {
  return { size: size + atom, atom: next };
}
