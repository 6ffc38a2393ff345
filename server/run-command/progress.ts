// A command as the extension operations answer it: its counters, whether it is paused, and in words what holds it. Pure.
import type { CommandProgress } from '../platform/api/models/muster/run-command.types.gen.ts';
import { parseTriggeredAlarms } from './steering/alarms.ts';
import { commandStatus, errorCount, isCommandFinal, totalCount } from './command.ts';
import { countsOf, factsOf } from './facts.ts';
import { isTripped, mayStart } from './plan.ts';
import { concurrencyLimit, errorTolerance } from './rate.ts';
import type { CommandRow } from './tables.ts';

export function progressView(row: CommandRow): CommandProgress {
  const counts = countsOf(row);
  const holding = holdingSentence(row);
  return {
    CommandId: row.command_id,
    DocumentName: row.document_name,
    Comment: row.comment,
    Status: commandStatus(row.state),
    StatusDetails: row.state,
    Paused: isPaused(row),
    ...(row.paused_at === null ? {} : { PausedDateTime: new Date(row.paused_at) }),
    ...(row.paused_by === null ? {} : { PausedBy: row.paused_by }),
    ...(row.paused_reason === null ? {} : { PausedReason: row.paused_reason }),
    RequestedDateTime: new Date(row.requested_at),
    ExpiresAfter: new Date(row.expires_at),
    ...(row.finished_at === null ? {} : { FinishedDateTime: new Date(row.finished_at) }),
    MaxConcurrency: row.max_concurrency,
    MaxErrors: row.max_errors,
    TargetsResolved: row.resolved === 1,
    TargetCount: totalCount(counts),
    Counts: {
      Pending: counts.pending,
      InFlight: counts.inFlight,
      Success: counts.success,
      Failed: counts.failed,
      ExecutionTimedOut: counts.executionTimedOut,
      DeliveryTimedOut: counts.deliveryTimedOut,
      Cancelled: counts.cancelled,
      Terminated: counts.terminated,
      Unreached: counts.unreached,
    },
    ...(row.rerun_of === null ? {} : { RerunOf: row.rerun_of }),
    ...(holding === undefined ? {} : { Holding: holding }),
  };
}

/** What has ended is not paused any more. */
export function isPaused(row: CommandRow): boolean {
  return row.paused === 1 && !isCommandFinal(row.state);
}

/** Why nothing more is started although something waits or may still be found; undefined when nothing holds the command. */
export function holdingSentence(row: CommandRow): string | undefined {
  const facts = factsOf(row);
  const { counts } = facts;
  if (isCommandFinal(row.state) || (counts.pending + counts.inFlight === 0 && facts.resolved)) return undefined;
  const total = totalCount(counts);
  if (facts.cancelRequested)
    return `The command is being cancelled${by(row.cancelled_by)}: ${nodes(counts.inFlight)} still to stop, nothing more is started.`;
  if (facts.alarmed) return `${alarmSentence(row)} Nothing more is started; ${nodes(counts.inFlight)} in flight may finish.`;
  if (isTripped(facts)) {
    const tolerance = errorTolerance(facts.maxErrors, total);
    return (
      `Errors (${errorCount(counts)}) exceed what MaxErrors ${row.max_errors} tolerates (${tolerance} of ${nodes(total)}): ` +
      `nothing more is started; ${nodes(counts.inFlight)} in flight may finish.`
    );
  }
  if (facts.resolved && counts.pending === 0) return undefined;
  if (facts.paused) return `${pauseSentence(row)} ${nodes(counts.pending)} waiting, ${counts.inFlight} in flight.`;
  if (!mayStart(facts))
    return (
      `The targets are still being found (${nodes(total)} so far): ` +
      `MaxConcurrency ${row.max_concurrency} and MaxErrors ${row.max_errors} need their number.`
    );
  const limit = concurrencyLimit(facts.maxConcurrency, total);
  if (counts.inFlight >= limit)
    return `${counts.inFlight} of at most ${nodes(limit)} in flight (MaxConcurrency ${row.max_concurrency}); ${counts.pending} waiting.`;
  return undefined;
}

export function pauseSentence(row: CommandRow): string {
  const at = row.paused_at === null ? '' : ` since ${new Date(row.paused_at).toISOString()}`;
  const reason = row.paused_reason === null || row.paused_reason === '' ? '' : ` (${row.paused_reason})`;
  return `The command is paused${by(row.paused_by)}${at}${reason}: nothing new is started until ResumeCommand.`;
}

export function alarmSentence(row: CommandRow): string {
  const list = parseTriggeredAlarms(row.triggered_alarms).map(({ Name, State }) =>
    State === 'ALARM' ? `${Name} went off` : `the state of ${Name} could not be read`,
  );
  return `Stopped by an alarm: ${list.join(', ')}.`;
}

function by(arn: string | null): string {
  return arn === null ? '' : ` by ${arn}`;
}

function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
