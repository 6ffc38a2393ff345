// The page that `muster COMMAND --help` prints, of what a program says of its command line: the same look for all, and no option can be left out.
import type { CommandPage, Explained, OptionRow } from '@muster/server/main.ts';

/** Where meanings begin, and where they are broken: half of a wide terminal's lines are still one. */
const MEANING_COLUMN = 37;
const COLUMNS = 132;
const INDENT = '  ';
const UNGROUPED = 'Options';
const HELP: Explained = ['-h, --help', 'this page'];

export function pageText({ command, what, forms, examples, options, environment, exits, notes = [] }: CommandPage): string {
  const groups = Map.groupBy(Object.entries(options), ([, { group = UNGROUPED }]) => group);
  const sections = [...groups].map(([group, rows]) => section(group, rows.map(explained)));
  return [
    `muster ${command}: ${what}\n`,
    lines(forms),
    section('Examples', examples),
    ...sections,
    lines([HELP]),
    section('Environment', environment),
    section('Exit codes', exits),
    ...(notes.length === 0 ? [] : [notes.map((note) => `${note}\n`).join('')]),
  ].join('\n');
}

/** `-y, --yes`; `--listen HOST:PORT`. */
function explained([name, row]: [string, OptionRow]): Explained {
  const short = row.short === undefined ? '' : `-${row.short}, `;
  const value = row.type === 'string' ? ` ${row.value}` : '';
  return [`${short}--${name}${value}`, [row.meaning, ...factsOf(row)].join('; ')];
}

function factsOf(row: OptionRow): string[] {
  if (row.type === 'boolean') return [];
  return [
    ...(row.required === true ? ['must be given'] : []),
    ...(row.range === undefined ? [] : [`${row.range[0]} to ${row.range[1]}`]),
    ...(row.otherwise === undefined ? [] : [`default ${row.otherwise}`]),
    ...(row.multiple === true ? ['may be given again'] : []),
  ];
}

export const section = (heading: string, rows: readonly Explained[]): string => `${heading}\n${lines(rows)}`;

const lines = (rows: readonly Explained[]): string => rows.map((row) => `${shown(row).join('\n')}\n`).join('');

/** What is longer than its column has its meaning below. */
function shown([what, meaning]: Explained): string[] {
  const left = `${INDENT}${what}`;
  if (meaning === '') return [left];
  const broken = breakWords(meaning, COLUMNS - MEANING_COLUMN);
  const below = broken.map((line) => ' '.repeat(MEANING_COLUMN) + line);
  if (left.length >= MEANING_COLUMN) return [left, ...below];
  return [left.padEnd(MEANING_COLUMN) + (broken[0] ?? ''), ...below.slice(1)];
}

function breakWords(text: string, width: number): string[] {
  const broken: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      broken.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...broken, line];
}
