// A command row's counters as the pure parts use them.
import type { Counts } from './command.ts';
import type { CommandRow } from './tables.ts';

export function countsOf(row: CommandRow): Counts {
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
