// One line that says how far a command is: `12/40 [######--------------]  30%  10 ok  2 failed  8 running  20 waiting  0:12`.
import type { Palette } from './palette.ts';

export interface Progress {
  /** Undefined while it is not known how many there will be. */
  readonly total: number | undefined;
  readonly good: number;
  readonly bad: number;
  readonly running: number;
  readonly waiting: number;
  readonly elapsedMs: number;
  /** Such as `paused`. */
  readonly remark: string | undefined;
}

const BAR_CHARS_MAX = 30;
const BAR_CHARS_MIN = 5;

/** At most `columns` wide: from the right, what does not fit is left out. */
export function progressBar(progress: Progress, columns: number, palette: Palette): string {
  const { total, good, bad, running, waiting, remark } = progress;
  const done = good + bad;
  const count = total === undefined ? `${done}/?` : `${done}/${total}`;
  const parts: readonly (readonly [string, (text: string) => string])[] = [
    [remark ?? '', palette.strong],
    [`${good} ok`, palette.good],
    [bad === 0 ? '' : `${bad} failed`, palette.bad],
    [running === 0 ? '' : `${running} running`, (text) => text],
    [waiting === 0 ? '' : `${waiting} waiting`, palette.faint],
    [clockTime(progress.elapsedMs), palette.faint],
  ];
  const shown = parts.filter(([text]) => text !== '');
  const words = shown.reduce((sum, [text]) => sum + text.length + 2, 0);
  const room = columns - count.length - words - ' []  100%'.length;
  if (room >= BAR_CHARS_MIN && total !== undefined && total > 0) {
    const width = Math.min(room, BAR_CHARS_MAX);
    const full = Math.floor((done / total) * width);
    const percent = `${Math.floor((done / total) * 100)}%`.padStart(5);
    const bar = (bad === 0 ? palette.good : palette.bad)('#'.repeat(full)) + palette.faint('-'.repeat(width - full));
    return [`${count} [${bar}]${percent}`, ...shown.map(([text, paint]) => paint(text))].join('  ');
  }
  let line = count.slice(0, Math.max(0, columns));
  let used = line.length;
  for (const [text, paint] of shown) {
    if (used + text.length + 2 > columns) break;
    line += `  ${paint(text)}`;
    used += text.length + 2;
  }
  return line;
}

function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
