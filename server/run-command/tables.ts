// Row types of the Run Command tables. Times are milliseconds since the epoch, JSON is text.
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
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
  /** Nothing new is sent while it is 1. Who, when and why stay when it goes on: of the last pause. */
  paused: number;
  paused_at: number | null;
  paused_by: string | null;
  paused_reason: string | null;
  /** Of the whole command: the caller's ARN. */
  cancelled_by: string | null;
  /** When the last target was found; null before, and for nodes that were named by id. */
  resolved_at: number | null;
  /** How many reruns were asked of it so far: see `final_epoch`. */
  epoch: number;
  /** The command of which it runs a part again … */
  rerun_of: string | null;
  /** … those invocations whose final_epoch is at most this … */
  rerun_epoch: number | null;
  /** … and whose state is among these (JSON array). Null where nodes were named: they are in `instance_ids`. */
  rerun_states: string | null;
  /** JSON of AlarmConfiguration, and of what stopped the command. */
  alarms: string | null;
  triggered_alarms: string | null;
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
  /** The command's `epoch` when this became final. A rerun takes what was final before it: exact, whatever the clock says. */
  final_epoch: number;
  /** Of this node alone: the caller's ARN. */
  cancelled_by: string | null;
  /** The command's counter when the state or a step last changed; 0 before the first change. */
  change_seq: number;
  /** 1 when pieces of output came: there are rows in run_command_stream. */
  streamed: number;
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
  /** Hex SHA-256 of the digests of both whole streams; null while one is not known to its end. */
  output_hash: string | null;
  /** The command's counter when this was reported. */
  change_seq: number;
}

/** The last number given to a change of a command. A row of its own: counting must not rewrite the command's. */
export interface ChangeRow {
  account: string;
  region: string;
  command_id: string;
  seq: number;
}

/** One of stdout and stderr of a step on a node, as the node streams it. */
export interface StreamRow {
  account: string;
  region: string;
  command_id: string;
  node_id: string;
  step_name: string;
  stream: OutputStreamName;
  /** Everything before is stored, or lies in a gap. */
  next_offset: number;
  /** Without the gaps. */
  kept_bytes: number;
  /** JSON: [from, to] of each part that nobody kept. */
  gaps: string;
  ended: number;
  /** Chunks since small ones were last merged. */
  loose: number;
  updated_at: number;
  change_seq: number;
  /** Of all kept bytes, once it has ended and was read through. */
  sha256: string | null;
  blob: string | null;
  /** JSON of the blob's frames: see output-frames.ts. */
  blob_frames: string | null;
  /** When the reconciler must look; null: never. */
  due_at: number | null;
}

export interface ChunkRow {
  account: string;
  region: string;
  command_id: string;
  node_id: string;
  step_name: string;
  stream: OutputStreamName;
  start_offset: number;
  end_offset: number;
  change_seq: number;
  /** How `data` is compressed: `zstd`, or empty. */
  packed: string;
  data: Buffer;
}

export interface LooseBlobRow {
  account: string;
  region: string;
  sha256: string;
}

export interface RunCommandTables {
  run_command_command: CommandRow;
  run_command_content: ContentRow;
  run_command_invocation: InvocationRow;
  run_command_step: StepRow;
  run_command_change: ChangeRow;
  run_command_stream: StreamRow;
  run_command_chunk: ChunkRow;
  run_command_loose_blob: LooseBlobRow;
}
