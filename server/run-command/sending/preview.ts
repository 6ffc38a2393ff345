// What a command would do before it is sent: how many nodes, in how many waves, when it would stop. Pure. The waves assume that nobody ends
// before the others of its wave: real commands send to the next node as soon as one has ended, so they are never slower.
import { concurrencyLimit, errorTolerance, parseRate } from '../rate.ts';

export type Outcome = 'Run' | 'Delayed' | 'InvalidPlatform' | 'AccessDenied';
export const OUTCOMES: readonly Outcome[] = ['Run', 'Delayed', 'InvalidPlatform', 'AccessDenied'];

export interface Asked {
  readonly maxConcurrency: string;
  readonly maxErrors: string;
}

/** What a walk over the targets counted. */
export interface Walked {
  readonly counts: Readonly<Record<Outcome, number>>;
  /** There are more nodes than were counted. */
  readonly cut: boolean;
}

export interface Forecast {
  readonly targetCount: number;
  readonly concurrency: number;
  readonly waves: number;
  readonly errorTolerance: number;
  readonly stopsWhen: string;
  readonly warnings: readonly string[];
}

/** Starts now, or when it connects. */
export function starts(outcome: Outcome): boolean {
  return outcome === 'Run' || outcome === 'Delayed';
}

export function forecast(asked: Asked, { counts, cut }: Walked): Forecast {
  const total = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
  const starting = counts.Run + counts.Delayed;
  const concurrency = concurrencyLimit(parseRate(asked.maxConcurrency), total);
  const tolerance = errorTolerance(parseRate(asked.maxErrors), total);
  return {
    targetCount: total,
    concurrency,
    waves: Math.ceil(starting / concurrency),
    errorTolerance: tolerance,
    stopsWhen: stopSentence(tolerance, starting),
    warnings: warnings(asked, counts, total, concurrency, tolerance, cut),
  };
}

/** 1 for those that start at once; `before`: how many start before this one. */
export function waveOf(before: number, concurrency: number): number {
  return Math.floor(before / concurrency) + 1;
}

function stopSentence(tolerance: number, starting: number): string {
  if (starting === 0) return 'No node would start.';
  if (tolerance >= starting) return `It does not stop: all ${nodes(starting)} may fail.`;
  const sentence = 'nothing more is started once';
  return tolerance === 0
    ? `One failed or timed out node is enough: ${sentence} it is known. What runs by then goes on.`
    : `${nodes(tolerance)} may fail or time out: ${sentence} the next one does. What runs by then goes on.`;
}

function warnings(
  asked: Asked,
  counts: Walked['counts'],
  total: number,
  concurrency: number,
  tolerance: number,
  cut: boolean,
): string[] {
  const list: string[] = [];
  if (cut) list.push(`More than ${nodes(total)} match: these are counted, what is said of percentages and waves is of these.`);
  if (total === 0) list.push('No node matches the targets: the command would end with NoInstancesInTag.');
  if (counts.AccessDenied > 0) list.push(`You may not run commands on ${nodes(counts.AccessDenied)}.`);
  if (counts.InvalidPlatform > 0) list.push(`The document does not support the platform of ${nodes(counts.InvalidPlatform)}.`);
  if (counts.Delayed > 0) list.push(delayedSentence(counts.Delayed, concurrency, counts.Run + counts.Delayed));
  const { maxConcurrency, maxErrors } = asked;
  if (total > 0 && maxConcurrency.endsWith('%') && (Number.parseInt(maxConcurrency, 10) * total) / 100 < 1)
    list.push(`MaxConcurrency ${maxConcurrency} of ${nodes(total)} is less than one: one node at a time is used.`);
  if (total > 0 && maxErrors.endsWith('%') && tolerance === 0 && maxErrors !== '0%')
    list.push(`MaxErrors ${maxErrors} of ${nodes(total)} rounds down to 0: the first error stops the command.`);
  return list;
}

function delayedSentence(delayed: number, concurrency: number, starting: number): string {
  const full = delayed >= concurrency && concurrency < starting;
  return (
    `${nodes(delayed)} of ${starting} not connected: each takes a place of MaxConcurrency from its turn until it has connected and ` +
    `ended, or the command expires${full ? '; together they can hold the whole command' : ''}.`
  );
}

function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
