// What to do next for one command: (state, now) -> action. Pure; the dispatcher loads the state and carries the action out in one
// unit of work, then asks again. Every action makes progress, so the questions end.
import type { Counts, CommandState } from './command.ts';
import { errorCount, totalCount } from './command.ts';
import { concurrencyLimit, errorTolerance, needsTotal, type Rate } from './rate.ts';

export interface CommandFacts {
  readonly state: CommandState;
  /** Targets by tag are turned into invocations page by page; direct ids are resolved from the start. */
  readonly resolved: boolean;
  /** Cancellation of the whole command was asked for. */
  readonly cancelRequested: boolean;
  /** In-flight invocations that have not been told to stop yet, when cancellation was asked for. */
  readonly cancelSpread: boolean;
  /** Nothing new is sent until it is resumed; what was sent goes on, targets are still found, and the deadline holds. */
  readonly paused: boolean;
  /** An alarm of the command went off: what waits is not sent any more. */
  readonly alarmed: boolean;
  readonly counts: Counts;
  /** Invocations whose agent acknowledged the job, ever. Only the slow start looks at it. */
  readonly acknowledged: number;
  readonly maxConcurrency: Rate;
  readonly maxErrors: Rate;
  readonly expiresAt: Date;
}

export interface PlanSettings {
  /** AWS's start with 1, 2, 4, … nodes: each acknowledgement allows two more. Off unless configured. */
  readonly slowStart: boolean;
}

export type Action =
  /** Turn the next page of targets into invocations. */
  | { readonly do: 'resolve' }
  /** Send to at most `count` more nodes. */
  | { readonly do: 'dispatch'; readonly count: number }
  /** Move the next chunk of waiting invocations to a final state. */
  | { readonly do: 'drop-pending'; readonly to: 'Terminated' | 'Cancelled' }
  /** Tell the next chunk of in-flight invocations to stop. */
  | { readonly do: 'cancel-in-flight' }
  /** Close the next chunk of everything that is not final. */
  | { readonly do: 'expire' }
  | { readonly do: 'finish'; readonly state: CommandState }
  /** Nothing until an agent reports or the deadline comes. */
  | { readonly do: 'wait'; readonly until: Date };

export function plan(facts: CommandFacts, now: Date, settings: PlanSettings): Action {
  const { counts } = facts;
  const live = counts.pending + counts.inFlight;
  const expired = now.getTime() >= facts.expiresAt.getTime();

  if (expired) return live > 0 ? { do: 'expire' } : { do: 'finish', state: outcome(facts) };
  if (facts.cancelRequested) {
    if (counts.pending > 0) return { do: 'drop-pending', to: 'Cancelled' };
    if (counts.inFlight > 0 && !facts.cancelSpread) return { do: 'cancel-in-flight' };
    return counts.inFlight > 0 ? { do: 'wait', until: facts.expiresAt } : { do: 'finish', state: outcome(facts) };
  }
  if (facts.alarmed || isTripped(facts)) {
    if (counts.pending > 0) return { do: 'drop-pending', to: 'Terminated' };
    if (!facts.resolved) return { do: 'resolve' };
    return counts.inFlight > 0 ? { do: 'wait', until: facts.expiresAt } : { do: 'finish', state: outcome(facts) };
  }

  const count = counts.pending > 0 && !facts.paused && mayStart(facts) ? startable(facts, settings) : 0;
  if (count > 0) return { do: 'dispatch', count };
  if (!facts.resolved) return { do: 'resolve' };
  return live > 0 ? { do: 'wait', until: facts.expiresAt } : { do: 'finish', state: outcome(facts) };
}

/** Errors exceed what MaxErrors tolerates. Of what a percentage is one is known when all targets are; until then it starts nothing, and stops nothing. */
export function isTripped(facts: Pick<CommandFacts, 'counts' | 'maxErrors' | 'resolved'>): boolean {
  return (facts.resolved || !needsTotal(facts.maxErrors)) && exceedsErrors(facts);
}

function exceedsErrors({ counts, maxErrors }: Pick<CommandFacts, 'counts' | 'maxErrors'>): boolean {
  const errors = errorCount(counts);
  return errors > 0 && errors > errorTolerance(maxErrors, totalCount(counts));
}

/** A percentage cannot be taken before every target is known. */
export function mayStart(facts: Pick<CommandFacts, 'resolved' | 'maxConcurrency' | 'maxErrors'>): boolean {
  return facts.resolved || !(needsTotal(facts.maxConcurrency) || needsTotal(facts.maxErrors));
}

function startable(facts: CommandFacts, settings: PlanSettings): number {
  const limit = concurrencyLimit(facts.maxConcurrency, totalCount(facts.counts));
  const window = settings.slowStart ? Math.min(limit, Math.max(1, facts.acknowledged * 2)) : limit;
  return Math.max(0, Math.min(window - facts.counts.inFlight, facts.counts.pending));
}

/** The state of a command whose invocations are all final. */
export function outcome(facts: Pick<CommandFacts, 'counts' | 'maxErrors' | 'cancelRequested' | 'resolved'>): CommandState {
  const { counts } = facts;
  const total = totalCount(counts);
  if (facts.cancelRequested) return 'Cancelled';
  if (total === 0) return facts.resolved ? 'NoInstancesInTag' : 'DeliveryTimedOut';
  // A command that an alarm stopped may have no error at all: it failed all the same.
  if (exceedsErrors(facts) || counts.terminated > 0)
    return counts.failed > 0 || counts.executionTimedOut === 0 ? 'Failed' : 'ExecutionTimedOut';
  if (counts.unreached === total) return 'Failed';
  if (counts.success + counts.unreached === total) return 'Success';
  if (counts.deliveryTimedOut === total) return 'DeliveryTimedOut';
  if (counts.cancelled === total) return 'Cancelled';
  return 'Incomplete';
}
