// From the words after `--` to the one line that a node's shell reads. Invariant: of several words, the shell makes the same words again.

export type Shell = 'sh' | 'pwsh';

const SAFE_WORD = /^[\w@%+=:,./-]+$/;
/** A first word with `=` would be an assignment, with `%` a job, a bare keyword the shell's own. */
const SAFE_COMMAND = /^[\w@+:,./-]+$/;
const KEYWORDS = new Set('if then else elif fi do done case esac while until for in function select time coproc'.split(' '));

/** One word alone is a line of the shell already, as ssh takes it: `muster run … -- 'df -h | tail -n 1'`. */
export function shellLine(words: readonly string[], shell: Shell): string {
  if (words.length === 1) return words[0] ?? '';
  return shell === 'sh' ? words.map(quoteForSh).join(' ') : ['&', ...words.map(quoteForPowerShell)].join(' ');
}

function quoteForSh(word: string, index: number): string {
  const safe = index === 0 ? SAFE_COMMAND.test(word) && !KEYWORDS.has(word) : SAFE_WORD.test(word);
  return safe ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** PowerShell takes the typographic quotes for plain ones. */
function quoteForPowerShell(word: string): string {
  return `'${word.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}
