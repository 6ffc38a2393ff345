// What an agent's reply means for an invocation. Pure. Replies come late, twice and out of order (the final one often before the last
// step's), so: a final state never changes, steps are merged by name, and among two reports of one step the one that ended later wins.
import { STEPS_MAX } from '@muster/protocol/document-steps.ts';
import type { AgentReply, AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import { type InvocationState, isFinal, mayMove } from './command.ts';

/** What the merge needs of a step that is stored already. */
export interface KnownStep {
  readonly status: string;
  readonly endedAt: number | null;
}

export interface StepReport {
  readonly name: string;
  readonly plugin: string;
  readonly status: string;
  readonly code: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folded {
  /** Steps to store. */
  readonly steps: readonly StepReport[];
  /** The invocation's next state, where it changes. */
  readonly state: InvocationState | undefined;
  readonly trace: string;
}

/** Longest document trace that is kept, in characters. */
const TRACE_LENGTH_MAX = 2_500;

const DOCUMENT_STATES: Readonly<Record<AgentStatus, InvocationState>> = {
  NotStarted: 'InProgress',
  InProgress: 'InProgress',
  Success: 'Success',
  Skipped: 'Success',
  TestPass: 'Success',
  // Not final: the node restarts and goes on.
  SuccessAndReboot: 'InProgress',
  PassedAndReboot: 'InProgress',
  Failed: 'Failed',
  TestFailure: 'Failed',
  Cancelled: 'Cancelled',
  TimedOut: 'ExecutionTimedOut',
};

export function foldReply(current: InvocationState, known: ReadonlyMap<string, KnownStep>, reply: AgentReply): Folded {
  // A node that makes up steps fills rows for as many as a document can have, and no more.
  let room = STEPS_MAX - known.size;
  const steps = Object.entries(reply.runtimeStatus ?? {})
    .map(([name, result]) => stepReport(name, result))
    .filter((step) => supersedes(step, known.get(step.name)) && (known.has(step.name) || room-- > 0));
  const told = DOCUMENT_STATES[reply.documentStatus];
  return {
    steps,
    state: nextState(current, told),
    trace: storable(reply.documentTraceOutput).slice(0, TRACE_LENGTH_MAX),
  };
}

function nextState(current: InvocationState, told: InvocationState): InvocationState | undefined {
  if (isFinal(current) || told === current) return undefined;
  // An agent that is still busy does not take back that we asked it to stop.
  if (current === 'Cancelling' && !isFinal(told)) return undefined;
  return mayMove(current, told) ? told : undefined;
}

function supersedes(step: StepReport, known: KnownStep | undefined): boolean {
  if (known === undefined) return true;
  if (isStepOver(known.status) && !isStepOver(step.status)) return false;
  return (step.endedAt ?? 0) >= (known.endedAt ?? 0);
}

/** A step that rebooted the node runs again, so it is not over. */
export function isStepOver(status: string): boolean {
  return !['NotStarted', 'InProgress', 'SuccessAndReboot', 'PassedAndReboot'].includes(status);
}

function stepReport(name: string, result: AgentStepResult): StepReport {
  return {
    name: storable(name),
    plugin: storable(result.name === '' ? name : result.name),
    status: result.status,
    code: Math.trunc(result.code),
    startedAt: parseTime(result.startDateTime),
    endedAt: parseTime(result.endDateTime),
    output: storable(result.output),
    stdout: storable(result.standardOutput),
    stderr: storable(result.standardError),
  };
}

/** PostgreSQL stores no NUL character in text; scripts that print binary data do print them. */
function storable(text: string): string {
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;
}

/** Agents send the zero time 0001-01-01 for "not yet". */
function parseTime(text: string): number | null {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? null : time;
}
