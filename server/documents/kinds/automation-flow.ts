// Where a runbook goes: every step that is named exists, no way leads back to where it came from, and steps that no way leads to are
// told of. Pure; linear in steps and targets.
import { refuse } from '@muster/protocol/document-error.ts';
import type { DocumentWarning } from '@muster/protocol/document-error.ts';
import type { AutomationStep } from './automation-steps.ts';

/** Longer traces say no more. */
const TRACE_MAX = 20;

export function judgeFlow(steps: readonly AutomationStep[]): DocumentWarning[] {
  const index = new Map(steps.map((step, at) => [step.name, at]));
  const edges = steps.map((step, at) => {
    const targets = step.targets.map(([target, place]) => {
      const found = index.get(target);
      return found ?? refuse(`step "${step.name}" names step "${target}", which does not exist`, place);
    });
    if (!step.leaves && at + 1 < steps.length) targets.push(at + 1);
    return targets;
  });
  const reached = walk(steps, edges);
  const unreached = steps.filter((_, at) => !reached.has(at));
  return [
    ...unreached.map(({ name, place }) => ({ message: `Step "${name}" is never reached.`, place })),
    ...steps.flatMap(({ children }) => (children.length === 0 ? [] : judgeFlow(children))),
  ];
}

/** Depth first, from the first step and then from each that was not reached: a loop among unreachable steps is one, too. */
function walk(steps: readonly AutomationStep[], edges: readonly (readonly number[])[]): ReadonlySet<number> {
  const done = new Set<number>();
  let fromFirst: ReadonlySet<number> = new Set();
  for (const start of steps.keys()) {
    if (!done.has(start)) descend(start, steps, edges, done);
    if (start === 0) fromFirst = new Set(done);
  }
  return fromFirst;
}

function descend(
  start: number,
  steps: readonly AutomationStep[],
  edges: readonly (readonly number[])[],
  done: Set<number>,
): void {
  const path: { at: number; next: number }[] = [{ at: start, next: 0 }];
  const onPath = new Set([start]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = edges[top.at]?.[top.next];
    top.next += 1;
    if (target === undefined) {
      done.add(top.at);
      onPath.delete(top.at);
      path.pop();
    } else if (onPath.has(target)) {
      const names = [...path.map(({ at }) => at), target].map((at) => steps[at]?.name ?? '');
      const trace = names.slice(names.indexOf(steps[target]?.name ?? ''));
      const shown = trace.length > TRACE_MAX ? [...trace.slice(0, TRACE_MAX), '…'] : trace;
      refuse(`steps lead back to where they came from: ${shown.join(' -> ')}`, steps[top.at]?.place ?? '/mainSteps');
    } else if (!done.has(target)) {
      path.push({ at: target, next: 0 });
      onPath.add(target);
    }
  }
}
