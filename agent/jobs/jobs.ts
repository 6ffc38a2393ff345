// Jobs as they arrive: journalled, then acknowledged, then run, five at a time in the order in which they came. Duplicates, full queues and
// nonsense are answered with the stock agent's status codes.
//
//   agent_job ─▶ journal ─▶ ack 200 ─▶ queued ─▶ running ─▶ final reply
//   cancel    ─▶ journal ─▶ ack 200 ─▶ InProgress on the cancel's id; the original: killed, or never started; its final reply says Cancelled
import { ACK_STATUS, parseAgentJob, parseCancelPayload, parseJobId, ProtocolError, topicKind } from '@muster/protocol/channel.ts';
import type { AckStatusCode, AgentJob } from '@muster/protocol/channel.ts';
import { DocumentError } from '@muster/protocol/document-error.ts';
import { parseJobDocument } from '../documents/job-document.ts';
import { replyContent } from '../documents/reply.ts';
import { startJob } from '../documents/runner.ts';
import type { RunningJob } from '../documents/runner.ts';
import type { RunnerOptions } from '../documents/runner-options.ts';
import type { JobState } from '../journal/records.ts';
import { describeError } from '../machine/log.ts';
import { OUTBOX_REPLIES_MAX } from '../outbox/outbox.ts';

/** As the stock agent (`CommandWorkersLimit`, `CommandWorkerBufferLimit`): servers count on it. */
const RUNNING_MAX = 5;
const QUEUED_MAX = 5;

export interface JobAcknowledgement {
  readonly jobId: string;
  readonly acknowledgedMessageId: string;
  readonly statusCode: AckStatusCode;
  readonly errorMessage: string;
}

export interface JobsOptions {
  readonly instanceId: string;
  readonly runner: RunnerOptions;
  /** Sends it if the channel is still open; a lost acknowledgement makes the server repeat the job, which is then a duplicate. */
  acknowledge(ack: JobAcknowledgement): void;
  /** The agent cannot go on: its journal cannot be written. */
  fatal(error: unknown): void;
}

export interface Jobs {
  /** One `agent_job` frame. */
  accept(payload: Buffer, messageId: string): Promise<void>;
  /** Goes on with what the journal holds. */
  resume(): void;
}

export function createJobs(options: JobsOptions): Jobs {
  return new JobTable(options);
}

class JobTable implements Jobs {
  readonly #options: JobsOptions;
  readonly #running = new Map<string, RunningJob>();
  /** Being journalled: not yet in the state, but known. */
  readonly #arriving = new Set<string>();

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  async accept(payload: Buffer, messageId: string): Promise<void> {
    const { runner } = this.#options;
    let job: AgentJob;
    try {
      job = parseAgentJob(payload);
    } catch (error) {
      this.#refuseUnparsed(payload, messageId, error);
      return;
    }
    const answer = (statusCode: AckStatusCode): void => {
      const { errorMessage } = ACK_STATUS[statusCode];
      if (statusCode !== '200') runner.log.info('job refused', { jobId: job.jobId, statusCode, errorMessage });
      this.#options.acknowledge({ jobId: job.jobId, acknowledgedMessageId: messageId, statusCode, errorMessage });
    };
    const refusal = this.#refusal(job);
    if (refusal !== undefined) {
      answer(refusal);
      if (refusal === '51408') this.#postReply(job.jobId, job.topic, 'Failed');
      return;
    }
    this.#arriving.add(job.jobId);
    try {
      if (topicKind(job.topic) === 'cancelCommand') await this.#acceptCancel(job, () => answer('200'));
      else await this.#acceptCommand(job, () => answer('200'));
    } catch (error) {
      // Not acknowledged, so nothing is lost: the server still has it.
      this.#options.fatal(error);
    } finally {
      this.#arriving.delete(job.jobId);
    }
  }

  async #acceptCommand(job: AgentJob, answer: () => void): Promise<void> {
    const { journal, clock } = this.#options.runner;
    const { jobId, topic, content } = job;
    await journal.write({ kind: 'job', jobId, topic, content, atMs: clock.nowMs() });
    answer();
    this.#startNext();
  }

  async #acceptCancel(job: AgentJob, answer: () => void): Promise<void> {
    const { journal, clock } = this.#options.runner;
    const target = parseCancelPayload(job.content).cancelMessageId;
    await journal.write({ kind: 'cancel', jobId: job.jobId, target, atMs: clock.nowMs() });
    answer();
    this.#postReply(job.jobId, job.topic, 'InProgress');
    const state = journal.state.jobs.get(target);
    if (state === undefined) return;
    const running = this.#running.get(target);
    // One that waits goes through the runner, too: it tells each step as cancelled and runs none.
    if (running === undefined) this.#start(state);
    else await running.cancel();
  }

  /** Undefined: it is taken. */
  #refusal(job: AgentJob): AckStatusCode | undefined {
    const { instanceId, runner } = this.#options;
    const { state } = runner.journal;
    if (runner.signal.aborted) return '51401';
    if (state.jobs.has(job.jobId) || state.done.has(job.jobId) || this.#arriving.has(job.jobId)) return '51405';
    const kind = topicKind(job.topic);
    if (kind === undefined) return '51403';
    if (parseJobId(job.jobId)?.nodeId !== instanceId) return '51408';
    const malformed = judgeContent(job, kind);
    if (malformed !== undefined || kind === 'cancelCommand') return malformed;
    const unfinished = state.jobs.size + this.#arriving.size;
    if (unfinished >= RUNNING_MAX + QUEUED_MAX || runner.outbox.size >= OUTBOX_REPLIES_MAX) return '51402';
    return undefined;
  }

  #refuseUnparsed(payload: Buffer, messageId: string, error: unknown): void {
    const { runner } = this.#options;
    const jobId = findJobId(payload);
    runner.log.warn('a job cannot be read', { messageId, jobId, cause: describeError(error) });
    if (jobId === undefined) return;
    const statusCode = '51408';
    const { errorMessage } = ACK_STATUS[statusCode];
    this.#options.acknowledge({ jobId, acknowledgedMessageId: messageId, statusCode, errorMessage });
    this.#postReply(jobId, 'aws.ssm.sendCommand', 'Failed');
  }

  /** A reply without results, which need not survive the agent. */
  #postReply(jobId: string, topic: string, status: 'InProgress' | 'Failed'): void {
    const { clock, ids, facts, outbox } = this.#options.runner;
    const { platformName, platformVersion } = facts;
    const content = replyContent({ now: clock.now(), platformName, platformVersion }, status, null, null);
    const kind = topicKind(topic) === 'cancelCommand' ? 'aws.ssm.cancelCommand' : 'aws.ssm.sendCommand';
    outbox.post({ messageId: ids.uuid(), jobId, topic: kind, content, final: false, atMs: clock.nowMs() });
  }

  resume(): void {
    const { jobs } = this.#options.runner.journal.state;
    // What an earlier agent had begun may be running: it is taken up first, whatever its place and the limit.
    for (const job of jobs.values()) if (job.steps.size > 0 || job.cancelled) this.#start(job);
    this.#startNext();
  }

  #startNext(): void {
    for (const job of this.#options.runner.journal.state.jobs.values()) {
      if (this.#running.size >= RUNNING_MAX) return;
      if (!this.#running.has(job.jobId)) this.#start(job);
    }
  }

  #start(job: JobState): void {
    const { runner } = this.#options;
    if (runner.signal.aborted) return;
    let running: RunningJob;
    try {
      running = startJob(job, runner);
    } catch (error) {
      running = { done: this.#giveUp(job, error), cancel: () => Promise.resolve() };
    }
    this.#running.set(job.jobId, running);
    void this.#follow(job.jobId, running);
  }

  /** A job that an earlier version of the agent took and this one cannot read: it must not keep the agent from starting. */
  async #giveUp(job: JobState, error: unknown): Promise<void> {
    const { journal, clock, ids, facts, outbox, log } = this.#options.runner;
    const { jobId } = job;
    log.error('a job of the journal cannot be read', { jobId }, error);
    const { platformName, platformVersion } = facts;
    const trace = `the agent cannot read this command any more: ${describeError(error)}`;
    const content = replyContent({ now: clock.now(), platformName, platformVersion }, 'Failed', [], {}, trace);
    const reply = { messageId: ids.uuid(), jobId, topic: 'aws.ssm.sendCommand', content, final: true, atMs: clock.nowMs() };
    await journal.write({ kind: 'reply', ...reply }, { kind: 'job-finished', jobId, status: 'Failed', atMs: clock.nowMs() });
    outbox.post(reply);
  }

  async #follow(jobId: string, running: RunningJob): Promise<void> {
    try {
      await running.done;
    } catch (error) {
      if (!this.#options.runner.signal.aborted) this.#options.fatal(error);
      return;
    }
    this.#running.delete(jobId);
    this.#startNext();
  }
}

/** 51408 for what is no command at all, 51406 for a command whose document is none. */
function judgeContent(job: AgentJob, kind: 'sendCommand' | 'cancelCommand'): AckStatusCode | undefined {
  try {
    if (kind === 'cancelCommand') {
      parseCancelPayload(job.content);
      return undefined;
    }
    // The command's id becomes a directory's name: it must be the UUID of the job, and nothing else.
    return parseJobDocument(job.content).commandId === parseJobId(job.jobId)?.commandUuid ? undefined : '51408';
  } catch (error) {
    if (error instanceof DocumentError) return '51406';
    if (error instanceof ProtocolError) return '51408';
    throw error;
  }
}

/** The id of a job that is otherwise unreadable, so that the server hears of it. */
function findJobId(payload: Buffer): string | undefined {
  const found = /"JobId"\s*:\s*"([^"\\]{1,80})"/.exec(payload.toString('utf8', 0, 4096))?.[1];
  return found !== undefined && parseJobId(found) !== undefined ? found : undefined;
}
