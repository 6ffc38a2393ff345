// Results of steps and what they make of the document. Pure.
import type { AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import { combineStreams, cut, STREAM_CHARACTERS_MAX } from './output.ts';

/** Exit codes with a meaning of their own. */
export const EXIT_END_SUCCESS = 168;
export const EXIT_END_FAILURE = 169;
export const EXIT_REBOOT = 194;
/** PowerShell's way to ask for a reboot: what Windows installers return. */
export const EXIT_REBOOT_WINDOWS = 3010;
/** Of a script that was killed: 128 + SIGKILL. */
export const EXIT_KILLED = 137;

/** What a plugin has to say about one run of its step, before flow control looks at it. */
export interface PluginOutcome {
  readonly status: AgentStatus;
  readonly code: number;
  readonly standardOutput: string;
  readonly standardError: string;
  /** The script said that the document ends here (168, 169). */
  readonly ends: boolean;
}

export interface StepTimes {
  readonly startDateTime: string;
  readonly endDateTime: string;
}

export interface StepNames {
  readonly action: string;
  /** Empty in schema 1.2. */
  readonly stepName: string;
}

export function stepResult(names: StepNames, times: StepTimes, outcome: Omit<PluginOutcome, 'ends'>): AgentStepResult {
  return {
    status: outcome.status,
    code: outcome.code,
    name: names.action,
    output: combineStreams(outcome.standardOutput, outcome.standardError),
    startDateTime: times.startDateTime,
    endDateTime: times.endDateTime,
    outputS3BucketName: '',
    outputS3KeyPrefix: '',
    stepName: names.stepName,
    standardOutput: cut(outcome.standardOutput, STREAM_CHARACTERS_MAX),
    standardError: cut(outcome.standardError, STREAM_CHARACTERS_MAX),
  };
}

export function failure(message: string, code = 1): PluginOutcome {
  return { status: 'Failed', code, standardOutput: '', standardError: message, ends: false };
}

/** A sentence of the agent's below what the script wrote, on a line of its own. */
export function appendLine(text: string, line: string): string {
  return text === '' || text.endsWith('\n') ? `${text}${line}` : `${text}\n${line}`;
}

/** The script asked for a restart of the machine that did not come about. */
export function withoutRestart(asked: Omit<PluginOutcome, 'ends'>, why: string): PluginOutcome {
  const { code, standardOutput, standardError } = asked;
  return { status: 'Failed', code, standardOutput, standardError: appendLine(standardError, why), ends: false };
}

/** What the step's own flow inputs make of its outcome. */
export function applyFlow(outcome: PluginOutcome, inputs: Readonly<Record<string, unknown>>): PluginOutcome {
  const failed = outcome.status === 'Failed' || outcome.status === 'TimedOut';
  if (failed && inputs['onFailure'] === 'exit') return { ...outcome, ends: true };
  // The document is to end Success, and its status is folded from those of its steps, here and on the server.
  if (failed && inputs['onFailure'] === 'successAndExit') return { ...outcome, status: 'Success', ends: true };
  if (outcome.status === 'Success' && inputs['onSuccess'] === 'exit') return { ...outcome, ends: true };
  return outcome;
}

/** Of a 1.2 plugin with several properties: they ran one after another and report as one. */
export function mergeOutcomes(outcomes: readonly PluginOutcome[]): PluginOutcome {
  const [first] = outcomes;
  if (first !== undefined && outcomes.length === 1) return first;
  const status = documentStatus(outcomes.map((outcome) => outcome.status));
  const decisive = outcomes.find((outcome) => outcome.status === status);
  return {
    status,
    code: decisive?.code ?? 0,
    standardOutput: outcomes.map((outcome) => outcome.standardOutput).join(''),
    standardError: outcomes.map((outcome) => outcome.standardError).join(''),
    ends: outcomes.some((outcome) => outcome.ends),
  };
}

const WORST_FIRST: readonly AgentStatus[] = ['SuccessAndReboot', 'Failed', 'TimedOut', 'Cancelled'];

/** The document's status, once all steps have theirs. */
export function documentStatus(steps: readonly AgentStatus[]): AgentStatus {
  const worst = WORST_FIRST.find((status) => steps.includes(status));
  if (worst !== undefined) return worst;
  return steps.every((status) => status === 'Success' || status === 'Skipped') ? 'Success' : 'InProgress';
}
