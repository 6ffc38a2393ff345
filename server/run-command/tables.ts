// Row types of the Run Command tables. Times are milliseconds since the epoch, JSON is text.
import type { InvocationState, CommandState } from './command.ts';

export interface CommandRow {
  account: string;
  region: string;
  command_id: string;
  state: CommandState;
  document_name: string;
  /** As asked for: `$DEFAULT`, `$LATEST` or a number. */
  document_version: string;
  document_hash: string;
  comment: string;
  /** JSON: as the caller gave them. */
  parameters: string;
  /** JSON: as the agent gets them. */
  agent_parameters: string;
  /** JSON arrays. */
  instance_ids: string;
  targets: string;
  requested_at: number;
  expires_at: number;
  timeout_seconds: number;
  max_concurrency: string;
  max_errors: string;
  /** JSON of the principal: decides about nodes found later by tag. */
  requested_by: string;
  resolved: number;
  /** The last node id that became an invocation. */
  resolved_up_to: string | null;
  cancel_requested: number;
  cancel_spread: number;
  pending: number;
  in_flight: number;
  success: number;
  failed: number;
  execution_timed_out: number;
  delivery_timed_out: number;
  cancelled: number;
  terminated: number;
  unreached: number;
  acknowledged: number;
  /** When the dispatcher must look again; null once the command is final. */
  due_at: number | null;
  finished_at: number | null;
}

/** A document's content as it was when the command was sent, shared by all commands that used it. */
export interface ContentRow {
  account: string;
  region: string;
  hash: string;
  content: string;
}

export interface InvocationRow {
  account: string;
  region: string;
  command_id: string;
  node_id: string;
  state: InvocationState;
  computer_name: string;
  platform_type: string;
  document_name: string;
  requested_at: number;
  dispatched_at: number | null;
  delivered_at: number | null;
  finished_at: number | null;
  /** The agent's document trace, or the server's reason for a state it made. */
  trace: string;
}

export interface StepRow {
  account: string;
  region: string;
  command_id: string;
  node_id: string;
  step_name: string;
  plugin: string;
  status: string;
  code: number;
  /** Milliseconds since the epoch; null where the agent sent none. */
  started_at: number | null;
  ended_at: number | null;
  output: string;
  stdout: string;
  stderr: string;
}

export interface RunCommandTables {
  run_command_command: CommandRow;
  run_command_content: ContentRow;
  run_command_invocation: InvocationRow;
  run_command_step: StepRow;
}
