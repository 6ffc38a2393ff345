// How the phases of a package's operation ended, and the step's outcome that is made of them.
import { join } from 'node:path';
import { STREAM_BYTES_READ } from '../documents/output.ts';
import { appendLine, EXIT_KILLED } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import type { PlatformType } from '../machine/facts.ts';
import { readHead } from '../machine/files.ts';
import type { NextStep, Phase, PhaseEnd } from '../packages/operation.ts';
import type { RunEnd } from '../supervision/step-supervisor.ts';
import { isReboot } from './script-step.ts';

export interface PhaseReport extends PhaseEndReport {
  readonly phase: Phase;
  readonly title: string;
  /** From the beginning of the operation to the phase's end. */
  readonly timingMs: number;
}

export interface PhaseEndReport {
  readonly end: PhaseEnd;
  readonly code: number;
  readonly standardOutput: string;
  readonly standardError: string;
}

export function phaseReport(
  phase: Phase,
  end: RunEnd,
  directory: string,
  platform: PlatformType,
  timeoutSeconds: number,
): PhaseEndReport {
  const read = (stream: string): string => readHead(join(directory, stream), STREAM_BYTES_READ);
  const { kind, code, sentence } = judgeEnd(phase, end, platform, timeoutSeconds);
  const standardError = read('stderr');
  return {
    end: kind,
    code,
    standardOutput: read('stdout'),
    standardError: sentence === '' ? standardError : appendLine(standardError, sentence),
  };
}

function judgeEnd(
  phase: Phase,
  end: RunEnd,
  platform: PlatformType,
  timeoutSeconds: number,
): { readonly kind: PhaseEnd; readonly code: number; readonly sentence: string } {
  switch (end.kind) {
    case 'exit':
      if (end.code === 0) return { kind: 'done', code: 0, sentence: '' };
      if (phase !== 'fetch' && isReboot(end, platform)) return { kind: 'reboot', code: end.code, sentence: '' };
      return {
        kind: 'failed',
        code: end.code,
        sentence: phase === 'fetch' ? '' : `failed to run commands: exit status ${end.code}`,
      };
    case 'timed-out':
      return { kind: 'timed-out', code: EXIT_KILLED, sentence: `${phase} did not end within ${timeoutSeconds} seconds` };
    case 'cancelled':
      return { kind: 'cancelled', code: EXIT_KILLED, sentence: '' };
    case 'terminated':
    case 'interrupted':
      return {
        kind: 'interrupted',
        code: 1,
        sentence: `${phase} was interrupted: it is not known how far it came. It is not run again.`,
      };
    default:
      return end satisfies never;
  }
}

const STATUS_OF = {
  done: 'Success',
  failed: 'Failed',
  reboot: 'SuccessAndReboot',
  'timed-out': 'TimedOut',
  cancelled: 'Cancelled',
  interrupted: 'Failed',
} as const;

/** Pure. */
export function packageOutcome(next: Extract<NextStep, { kind: 'end' }>, reports: readonly PhaseReport[]): PluginOutcome {
  const succeeded = next.end === 'done' || next.end === 'reboot';
  const output = reports.map((report) => appendLine(`${report.title}\n`, report.standardOutput)).reduce(appendText, '');
  const errors = reports.map((report) => report.standardError).reduce(appendText, '');
  // The first that went wrong says why; a rollback that succeeds after it does not change that.
  const code = succeeded ? (reports.at(-1)?.code ?? 0) : (reports.find((report) => report.code !== 0)?.code ?? 1);
  return {
    status: STATUS_OF[next.end],
    code,
    standardOutput: succeeded ? appendText(output, next.message) : output,
    standardError: succeeded ? errors : appendText(errors, next.message),
    ends: false,
  };
}

function appendText(all: string, text: string): string {
  if (text === '') return all;
  return all === '' ? text : appendLine(all, text);
}
