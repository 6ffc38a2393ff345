// What the journal says: jobs received, steps started and done, replies to be told. The state is the fold of the records; compaction
// writes the shortest records that fold to the same state. Pure.
//
//   job ─▶ step-started ─▶ step-finished ─▶ … ─▶ job-finished        reply ─▶ reply-settled
//             ▲                │ (exit 194)
//             └── next boot ── reboot
//
// Invariants: `job` is durable before the job is acknowledged, `step-started` before its script may run, a `reply` before it is sent.
import type { AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';

export type JournalRecord =
  | { readonly kind: 'job'; readonly jobId: string; readonly topic: string; readonly content: string; readonly atMs: number }
  | { readonly kind: 'cancel'; readonly jobId: string; readonly target: string; readonly atMs: number }
  | {
      readonly kind: 'step-started';
      readonly jobId: string;
      readonly step: number;
      readonly run: number;
      readonly bootId: string;
      readonly startedAt: string;
    }
  | {
      readonly kind: 'step-finished';
      readonly jobId: string;
      readonly step: number;
      readonly result: AgentStepResult;
      /** The result ends the document: of the further steps only a finallyStep runs. */
      readonly ends: boolean;
    }
  | {
      readonly kind: 'reboot';
      readonly jobId: string;
      readonly step: number;
      readonly bootId: string;
      readonly result: AgentStepResult;
    }
  | { readonly kind: 'job-finished'; readonly jobId: string; readonly status: AgentStatus; readonly atMs: number }
  | ({ readonly kind: 'reply' } & PendingReply)
  | { readonly kind: 'reply-settled'; readonly messageId: string };

export interface PendingReply {
  readonly messageId: string;
  readonly jobId: string;
  readonly topic: string;
  /** The AgentReply as JSON text. */
  readonly content: string;
  readonly final: boolean;
  readonly atMs: number;
}

export interface StepState {
  readonly step: number;
  readonly run: number;
  readonly startedBootId: string;
  /** Of the first run. */
  readonly startedAt: string;
  readonly result?: AgentStepResult;
  readonly ends?: boolean;
  /** The machine was asked to restart in this boot; the step runs again in the next one. */
  readonly rebootFrom?: string;
}

export interface JobState {
  readonly jobId: string;
  readonly topic: string;
  readonly content: string;
  readonly receivedAtMs: number;
  /** The only part that changes in place. */
  cancelled: boolean;
  readonly steps: Map<number, StepState>;
}

export interface JournalState {
  /** Unfinished jobs, in the order in which they came. */
  readonly jobs: Map<string, JobState>;
  /** Ids of finished jobs and of cancels, with the time: what makes a repeated message a duplicate. */
  readonly done: Map<string, number>;
  readonly replies: Map<string, PendingReply>;
}

export function emptyState(): JournalState {
  return { jobs: new Map(), done: new Map(), replies: new Map() };
}

/** Records about a job that is not known (its own record was damaged, or compacted away) change nothing. */
export function applyRecord(state: JournalState, record: JournalRecord): void {
  switch (record.kind) {
    case 'job': {
      const { jobId, topic, content, atMs } = record;
      if (state.jobs.has(jobId) || state.done.has(jobId)) return;
      state.jobs.set(jobId, { jobId, topic, content, receivedAtMs: atMs, cancelled: false, steps: new Map() });
      return;
    }
    case 'cancel': {
      state.done.set(record.jobId, record.atMs);
      const target = state.jobs.get(record.target);
      if (target !== undefined) target.cancelled = true;
      return;
    }
    case 'job-finished':
      state.jobs.delete(record.jobId);
      state.done.set(record.jobId, record.atMs);
      return;
    case 'reply': {
      const { kind: _kind, ...reply } = record;
      state.replies.set(reply.messageId, reply);
      return;
    }
    case 'reply-settled':
      state.replies.delete(record.messageId);
      return;
    case 'step-started':
    case 'step-finished':
    case 'reboot': {
      const job = state.jobs.get(record.jobId);
      if (job !== undefined) job.steps.set(record.step, applyStep(job.steps.get(record.step), record));
      return;
    }
    default:
      record satisfies never;
  }
}

type StepRecord = Extract<JournalRecord, { readonly step: number }>;

function applyStep(known: StepState | undefined, record: StepRecord): StepState {
  if (record.kind === 'step-started') {
    const startedAt = known?.startedAt ?? record.startedAt;
    return { step: record.step, run: record.run, startedBootId: record.bootId, startedAt };
  }
  const { result } = record;
  const base = known ?? { step: record.step, run: 1, startedBootId: '', startedAt: result.startDateTime };
  const { rebootFrom: _rebootFrom, ...rest } = base;
  return record.kind === 'reboot' ? { ...rest, result, rebootFrom: record.bootId } : { ...rest, result, ends: record.ends };
}

/** The shortest records that fold to `state`. */
export function recordsOf(state: JournalState): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (const [jobId, atMs] of state.done) records.push({ kind: 'job-finished', jobId, status: 'Success', atMs });
  for (const job of state.jobs.values()) {
    const { jobId, topic, content, receivedAtMs } = job;
    records.push({ kind: 'job', jobId, topic, content, atMs: receivedAtMs });
    for (const step of job.steps.values()) records.push(...recordsOfStep(jobId, step));
    // Under an id of its own: the cancel's id is among the done ones.
    if (job.cancelled) records.push({ kind: 'cancel', jobId: `${jobId}#cancel`, target: jobId, atMs: receivedAtMs });
  }
  for (const reply of state.replies.values()) records.push({ kind: 'reply', ...reply });
  return records;
}

function recordsOfStep(jobId: string, state: StepState): JournalRecord[] {
  const { step, run, startedBootId, startedAt, result } = state;
  const records: JournalRecord[] = [{ kind: 'step-started', jobId, step, run, bootId: startedBootId, startedAt }];
  if (state.rebootFrom !== undefined && result !== undefined) {
    records.push({ kind: 'reboot', jobId, step, bootId: state.rebootFrom, result });
  } else if (result !== undefined) {
    records.push({ kind: 'step-finished', jobId, step, result, ends: state.ends ?? false });
  }
  return records;
}
