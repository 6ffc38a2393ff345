// A command's row as the pure parts use it.
import type { Counts } from './command.ts';
import type { CommandFacts } from './plan.ts';
import { parseRate } from './rate.ts';
import type { CommandRow } from './tables.ts';

type CountColumns = Pick<
  CommandRow,
  | 'pending'
  | 'in_flight'
  | 'success'
  | 'failed'
  | 'execution_timed_out'
  | 'delivery_timed_out'
  | 'cancelled'
  | 'terminated'
  | 'unreached'
>;

export function countsOf(row: CountColumns): Counts {
  return {
    pending: row.pending,
    inFlight: row.in_flight,
    success: row.success,
    failed: row.failed,
    executionTimedOut: row.execution_timed_out,
    deliveryTimedOut: row.delivery_timed_out,
    cancelled: row.cancelled,
    terminated: row.terminated,
    unreached: row.unreached,
  };
}

export function factsOf(row: CommandRow): CommandFacts {
  return {
    state: row.state,
    resolved: row.resolved === 1,
    cancelRequested: row.cancel_requested === 1,
    cancelSpread: row.cancel_spread === 1,
    paused: row.paused === 1,
    alarmed: row.triggered_alarms !== null,
    counts: countsOf(row),
    acknowledged: row.acknowledged,
    maxConcurrency: parseRate(row.max_concurrency),
    maxErrors: parseRate(row.max_errors),
    expiresAt: new Date(row.expires_at),
  };
}
