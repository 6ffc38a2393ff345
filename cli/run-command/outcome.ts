// How a command ended, as an exit code and as one line. Invariant: 0 means that it succeeded on every node that it was meant for.
import type { Explained } from '@muster/server/main.ts';
import type { CommandCounts, CommandProgress } from './command-api.ts';
import type { Progress } from '../terminal/progress-bar.ts';
import { shownDuration } from '../terminal/duration.ts';

export const EXIT = {
  success: 0,
  /** On some node it failed, or was cancelled, or was not started because others failed. */
  failed: 1,
  wrongUse: 2,
  nothingMatched: 3,
  /** On no node it failed, and on some it timed out or never arrived. */
  notDone: 4,
  /** The server was not reached, or failed: what became of the command is not known here. */
  unknown: 5,
  interrupted: 130,
} as const;

/** The same for the help page. */
export const RUN_EXITS: readonly Explained[] = [
  [String(EXIT.success), 'success on every node'],
  [String(EXIT.failed), 'failed or cancelled on some node, or not started because others had failed'],
  [String(EXIT.wrongUse), 'wrong use, or the server refused: nothing was sent'],
  [String(EXIT.nothingMatched), 'no node matched'],
  [String(EXIT.notDone), 'failed nowhere; timed out, not delivered or not reached somewhere'],
  [String(EXIT.unknown), 'the server was lost, or failed: what became of the command is not known'],
  [String(EXIT.interrupted), 'left or cancelled by Ctrl-C'],
];

export function exitCodeOf(command: CommandProgress): number {
  const counts = command.Counts ?? {};
  if (command.StatusDetails === 'NoInstancesInTag' || (isFinal(command) && (command.TargetCount ?? 0) === 0)) {
    return command.StatusDetails === 'Cancelled' ? EXIT.failed : EXIT.nothingMatched;
  }
  if (sum(counts.Failed, counts.Terminated) > 0) return EXIT.failed;
  if (sum(counts.ExecutionTimedOut, counts.DeliveryTimedOut, counts.Unreached) > 0) return EXIT.notDone;
  return command.Status === 'Success' ? EXIT.success : EXIT.failed;
}

export function isFinal(command: CommandProgress): boolean {
  return !['Pending', 'InProgress', 'Cancelling'].includes(command.Status);
}

/** `Failed: 37 ok, 2 failed, 1 not delivered of 40 nodes in 12 s`. */
export function summaryLine(command: CommandProgress, elapsedMs: number): string {
  const total = command.TargetCount ?? 0;
  const words = countsInWords(command.Counts ?? {});
  const nodes = `${total} ${total === 1 ? 'node' : 'nodes'}`;
  if (command.StatusDetails === 'NoInstancesInTag' || total === 0) return 'nothing matched: no node was targeted';
  return `${command.StatusDetails}: ${words === '' ? '' : `${words} of `}${nodes} in ${shownDuration(elapsedMs)}`;
}

export function countsInWords(counts: CommandCounts): string {
  const words: readonly (readonly [number | undefined, string])[] = [
    [counts.Success, 'ok'],
    [counts.Failed, 'failed'],
    [counts.ExecutionTimedOut, 'timed out'],
    [counts.DeliveryTimedOut, 'not delivered'],
    [counts.Unreached, 'not reached'],
    [counts.Terminated, 'not started'],
    [counts.Cancelled, 'cancelled'],
    [counts.InFlight, 'running'],
    [counts.Pending, 'waiting'],
  ];
  return words.flatMap(([count, word]) => (count === undefined || count === 0 ? [] : [`${count} ${word}`])).join(', ');
}

export function progressOf(command: CommandProgress, elapsedMs: number): Progress {
  const counts = command.Counts ?? {};
  const bad = [counts.Failed, counts.ExecutionTimedOut, counts.DeliveryTimedOut, counts.Cancelled, counts.Terminated];
  const remark = command.Paused === true ? 'paused' : command.Status === 'Cancelling' ? 'cancelling' : undefined;
  return {
    total: command.TargetsResolved === false ? undefined : (command.TargetCount ?? 0),
    good: counts.Success ?? 0,
    bad: sum(...bad, counts.Unreached),
    running: counts.InFlight ?? 0,
    waiting: counts.Pending ?? 0,
    elapsedMs,
    remark,
  };
}

function sum(...counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}
