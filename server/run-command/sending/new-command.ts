// The columns of a command that has just been made: nothing is resolved, sent or counted yet, and the dispatcher shall look at once.
import type { CommandRow } from '../tables.ts';

/** What the life of a command writes; everything else says what was asked for. */
type Lifecycle = Omit<
  CommandRow,
  | 'account'
  | 'region'
  | 'command_id'
  | 'document_name'
  | 'document_version'
  | 'document_hash'
  | 'comment'
  | 'parameters'
  | 'agent_parameters'
  | 'instance_ids'
  | 'targets'
  | 'requested_at'
  | 'expires_at'
  | 'timeout_seconds'
  | 'max_concurrency'
  | 'max_errors'
  | 'requested_by'
>;

export function justMade(now: Date): Lifecycle {
  return {
    state: 'Pending',
    resolved: 0,
    resolved_up_to: null,
    resolved_at: null,
    cancel_requested: 0,
    cancel_spread: 0,
    cancelled_by: null,
    pending: 0,
    in_flight: 0,
    success: 0,
    failed: 0,
    execution_timed_out: 0,
    delivery_timed_out: 0,
    cancelled: 0,
    terminated: 0,
    unreached: 0,
    acknowledged: 0,
    due_at: now.getTime(),
    finished_at: null,
    paused: 0,
    paused_at: null,
    paused_by: null,
    paused_reason: null,
    epoch: 0,
    rerun_of: null,
    rerun_epoch: null,
    rerun_states: null,
    alarms: null,
    triggered_alarms: null,
  };
}
