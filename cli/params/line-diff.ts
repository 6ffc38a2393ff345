// Which lines differ between two texts, as a unified diff shows them. Texts are parameters' values, at most some kilobytes. Pure.

const CONTEXT_LINES = 3;

interface Step {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** Changes that are near each other, with the lines around them. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly steps: Step[];
}

/** Lines with their sign, and `@@ -FROM,LINES +TO,LINES @@` before each stretch, as patch reads it. Empty for equal texts. */
export function unifiedDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const steps = stepsOf(before.split('\n'), after.split('\n'));
  const shown = new Set<number>();
  for (const [at, { sign }] of steps.entries())
    if (sign !== ' ') for (let near = at - CONTEXT_LINES; near <= at + CONTEXT_LINES; near++) shown.add(near);
  const stretches: Stretch[] = [];
  let [from, to] = [1, 1];
  let last = -2;
  for (const [at, step] of steps.entries()) {
    if (shown.has(at)) {
      if (last !== at - 1) stretches.push({ from, to, steps: [] });
      last = at;
      stretches.at(-1)?.steps.push(step);
    }
    if (step.sign !== '+') from++;
    if (step.sign !== '-') to++;
  }
  return stretches.flatMap((stretch) => [headOf(stretch), ...stretch.steps.map(({ sign, line }) => `${sign}${line}`)]);
}

function headOf({ from, to, steps }: Stretch): string {
  const side = (start: number, other: '-' | '+'): string => {
    const lines = steps.filter(({ sign }) => sign !== other).length;
    // Of no line it names the one before.
    return lines === 1 ? `${start}` : `${lines === 0 ? start - 1 : start},${lines}`;
  };
  return `@@ -${side(from, '+')} +${side(to, '-')} @@`;
}

function stepsOf(before: readonly string[], after: readonly string[]): Step[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (line: string): Step => ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(same),
    ...changed(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** By the longest common subsequence: of values of 8 KB a table of at most 8,192 empty lines by 4,096 others. */
function changed(before: readonly string[], after: readonly string[]): Step[] {
  const columns = after.length + 1;
  const longest = new Uint16Array((before.length + 1) * columns);
  const at = (row: number, column: number): number => longest[row * columns + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      longest[row * columns + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const steps: Step[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      steps.push({ sign: ' ', line: old });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      steps.push({ sign: '-', line: old });
      row++;
    } else if (fresh !== undefined) {
      steps.push({ sign: '+', line: fresh });
      column++;
    }
  }
  return steps;
}
