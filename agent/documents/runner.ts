// Runs one job's document: steps in order, each result journalled together with the reply that tells it. Starting and resuming are the
// same: what the journal holds as done is taken as done, what it holds as started is attached to, and nothing is run twice.
import { join } from 'node:path';
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import type { JournalRecord, JobState, PendingReply, StepState } from '../journal/records.ts';
import type { StepOutput } from '../output-stream/output-streams.ts';
import { parseJobDocument } from './job-document.ts';
import type { JobDocument } from './job-document.ts';
import { carriesWhole, replyContent } from './reply.ts';
import { documentStatus, EXIT_KILLED, failure, stepResult, withoutRestart } from './result.ts';
import type { PluginOutcome } from './result.ts';
import type { RunnerOptions } from './runner-options.ts';
import { stepDirectoryName } from './step-directory.ts';
import { planStep } from './step-plan.ts';
import { startStep } from './step.ts';
import type { StepInHand } from './step.ts';

/** A script that asks for a restart each time it runs is stopped, as by the stock agent. */
const RUNS_MAX = 15;

export interface RunningJob {
  /** Rejects when the agent stops, or cannot write its journal. */
  readonly done: Promise<void>;
  /** The journal says already that the job is cancelled. */
  cancel(): Promise<void>;
}

export function startJob(job: JobState, options: RunnerOptions): RunningJob {
  const run = new JobRun(job, options);
  return { done: run.execute(), cancel: () => run.cancel() };
}

class JobRun {
  readonly #job: JobState;
  readonly #options: RunnerOptions;
  readonly #sent: JobDocument;
  readonly #document: SsmDocument;
  readonly #results: AgentStepResult[] = [];
  #inHand: StepInHand | undefined;
  #output: StepOutput | undefined;
  /** Aborted by a cancel and by the agent's stop: for what is not a script. */
  readonly #cancelled = new AbortController();

  constructor(job: JobState, options: RunnerOptions) {
    this.#job = job;
    this.#options = options;
    this.#sent = parseJobDocument(job.content);
    this.#document = this.#sent.document;
  }

  async cancel(): Promise<void> {
    this.#cancelled.abort();
    await this.#inHand?.cancel();
  }

  async execute(): Promise<void> {
    const { outbox, log } = this.#options;
    log.info('job starts', { jobId: this.#job.jobId, resumed: this.#job.steps.size > 0 });
    outbox.post(this.#reply('InProgress', null, null));
    let records: JournalRecord[] = [];
    let replies: PendingReply[] = [];
    let ended = false;
    for (const index of this.#document.steps.keys()) {
      // The last step's records wait for the final ones: one fsync for both.
      await this.#write(records, replies);
      const known = this.#job.steps.get(index);
      if (known?.result !== undefined && known.rebootFrom === undefined) {
        this.#results.push(known.result);
        ended ||= known.ends ?? false;
        [records, replies] = [[], []];
        continue;
      }
      const step = await this.#runStep(index, ended);
      this.#results.push(step.result);
      ended ||= step.ends;
      const reply = this.#reply('InProgress', this.#statuses(), this.#stepStatus(index, step.result));
      records = [{ kind: 'step-finished', jobId: this.#job.jobId, step: index, result: step.result, ends: step.ends }];
      replies = [reply];
    }
    await this.#finish(records, replies);
  }

  async #finish(records: readonly JournalRecord[], replies: readonly PendingReply[]): Promise<void> {
    const { jobId } = this.#job;
    const { clock, log } = this.#options;
    const status = documentStatus(this.#statuses());
    const [only] = this.#results;
    // A document of one step repeats its result; of several they have been told.
    const repeated = only !== undefined && this.#results.length === 1 ? this.#stepStatus(0, only) : {};
    const final = { ...this.#reply(status, this.#statuses(), repeated), final: true };
    await this.#write([...records, { kind: 'job-finished', jobId, status, atMs: clock.nowMs() }], [...replies, final]);
    log.info('job ended', { jobId, status });
  }

  async #runStep(index: number, ended: boolean): Promise<{ result: AgentStepResult; ends: boolean }> {
    const startDateTime = this.#job.steps.get(index)?.startedAt ?? this.#options.clock.now().toISOString();
    const outcome = await this.#outcomeOf(index, ended, startDateTime);
    const result = this.#result(index, startDateTime, outcome);
    // Before the reply: the server then knows that what the reply cuts off is on its way.
    const { standardOutput, standardError } = outcome;
    this.#output?.end({ texts: { stdout: standardOutput, stderr: standardError }, inReply: carriesWhole(result) });
    this.#output = undefined;
    return { result, ends: outcome.ends };
  }

  async #outcomeOf(index: number, ended: boolean, startedAt: string): Promise<PluginOutcome> {
    const { facts, plugins, policy, rebooter, signal } = this.#options;
    const known = this.#job.steps.get(index);
    const plan = planStep(this.#sent, index, {
      platform: facts.platformType,
      platformsOf: (action) => plugins.get(action)?.platforms,
      policy,
      ended,
      started: known !== undefined,
      cancelled: this.#job.cancelled,
    });
    if (plan.kind === 'told') return plan.outcome;
    const { step } = plan;
    const directory = join(this.#options.orchestrationDir, this.#sent.commandId, stepDirectoryName(step, index));
    this.#output = this.#options.output?.begin(this.#job.jobId, index, step.name, directory);
    let state = known;
    for (;;) {
      if (state?.rebootFrom === facts.bootId) return await this.#awaitReboot(state);
      await rebooter.whenClear(signal);
      state = await this.#started(index, state, startedAt);
      this.#inHand = startStep(this.#sent, plan, index, state, this.#job, this.#options, this.#output);
      const outcome = await this.#inHand.outcome;
      this.#inHand = undefined;
      if (outcome.status !== 'SuccessAndReboot') return outcome;
      if (rebooter.refusal !== undefined) return withoutRestart(outcome, rebooter.refusal);
      if (state.run >= RUNS_MAX)
        return withoutRestart(outcome, `the script asked for a restart ${RUNS_MAX} times: it is not run again`);
      state = await this.#rebooting(index, state, outcome);
    }
  }

  /** Journals that the step is about to run, unless this boot's journal says so already. */
  async #started(index: number, known: StepState | undefined, startedAt: string): Promise<StepState> {
    if (known !== undefined && known.rebootFrom === undefined) return known;
    const { bootId } = this.#options.facts;
    const run = (known?.run ?? 0) + 1;
    await this.#write([{ kind: 'step-started', jobId: this.#job.jobId, step: index, run, bootId, startedAt }], []);
    return { step: index, run, startedBootId: bootId, startedAt };
  }

  async #rebooting(index: number, asked: StepState, outcome: PluginOutcome): Promise<StepState> {
    const result = this.#result(index, asked.startedAt, outcome);
    const statuses = [...this.#statuses(), result.status];
    const replies = [
      this.#reply('InProgress', statuses, this.#stepStatus(index, result)),
      this.#reply('SuccessAndReboot', statuses, this.#document.steps.length === 1 ? this.#stepStatus(index, result) : {}),
    ];
    // The boot in which the script ran: a script that restarted the machine itself and then said 194 has its restart already.
    const bootId = asked.startedBootId;
    await this.#write([{ kind: 'reboot', jobId: this.#job.jobId, step: index, bootId, result }], replies);
    const state = this.#job.steps.get(index);
    if (state === undefined) throw new Error('the journal lost a step that it has just been told');
    return state;
  }

  /** Ends with the agent, or with why the machine is still the same. */
  async #awaitReboot(state: StepState): Promise<PluginOutcome> {
    const { rebooter, signal, log } = this.#options;
    log.info('the machine is asked to restart', { jobId: this.#job.jobId });
    const waiting = AbortSignal.any([signal, this.#cancelled.signal]);
    try {
      const why = await rebooter.reboot(waiting);
      return state.result === undefined ? failure(why) : withoutRestart(state.result, why);
    } catch (error) {
      if (signal.aborted || !this.#job.cancelled) throw error;
      return { status: 'Cancelled', code: EXIT_KILLED, standardOutput: '', standardError: '', ends: false };
    }
  }

  /**
   * Replies are durable before they are sent, in one fsync with the facts that they tell, and before them in the file: a write that was torn
   * may leave a reply without its fact, which is told twice, but no fact that is never told.
   */
  async #write(records: readonly JournalRecord[], replies: readonly PendingReply[]): Promise<void> {
    if (records.length === 0 && replies.length === 0) return;
    await this.#options.journal.write(...replies.map((reply) => ({ kind: 'reply', ...reply }) as const), ...records);
    for (const reply of replies) this.#options.outbox.post(reply);
  }

  #statuses(): AgentStatus[] {
    return this.#results.map((result) => result.status);
  }

  #stepStatus(index: number, result: AgentStepResult): Record<string, AgentStepResult> {
    return { [this.#document.steps[index]?.name ?? '']: result };
  }

  #result(index: number, startDateTime: string, outcome: PluginOutcome): AgentStepResult {
    const step = this.#document.steps[index];
    if (step === undefined) throw new Error('no such step');
    const names = { action: step.action, stepName: this.#document.schemaVersion === '1.2' ? '' : step.name };
    return stepResult(names, { startDateTime, endDateTime: this.#options.clock.now().toISOString() }, outcome);
  }

  #reply(
    status: AgentStatus,
    statuses: readonly AgentStatus[] | null,
    runtimeStatus: Readonly<Record<string, AgentStepResult>> | null,
  ): PendingReply {
    const { clock, ids, facts } = this.#options;
    const { platformName, platformVersion } = facts;
    return {
      messageId: ids.uuid(),
      jobId: this.#job.jobId,
      topic: 'aws.ssm.sendCommand',
      content: replyContent({ now: clock.now(), platformName, platformVersion }, status, statuses, runtimeStatus),
      final: false,
      atMs: clock.nowMs(),
    };
  }
}
