// What the script plugins share: their inputs, the script file, and what an end means. The run's files are the truth: the same step
// asked again finds its script started and only attaches.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { errorCode } from '../machine/error-code.ts';
import { STREAM_BYTES_READ } from '../documents/output.ts';
import {
  appendLine,
  EXIT_END_FAILURE,
  EXIT_END_SUCCESS,
  EXIT_KILLED,
  EXIT_REBOOT,
  EXIT_REBOOT_WINDOWS,
  failure,
} from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import type { PlatformType } from '../machine/facts.ts';
import { findText, readHead } from '../machine/files.ts';
import { parseEnd } from '../supervision/step-supervisor.ts';
import type { RunEnd } from '../supervision/step-supervisor.ts';
import type { PluginContext } from './plugin.ts';

const TIMEOUT_SECONDS_MIN = 5;
const TIMEOUT_SECONDS_MAX = 172_800;
/** Also for values outside of the limits, as the stock agent. */
const TIMEOUT_SECONDS_DEFAULT = 3600;

export interface ScriptKind {
  readonly fileName: string;
  /** The first bytes of the file: Windows PowerShell takes a file without them for the local code page. */
  readonly prefix: string;
  command(scriptPath: string): readonly string[];
}

export async function runScript(
  inputs: Readonly<Record<string, unknown>>,
  context: PluginContext,
  kind: ScriptKind,
): Promise<PluginOutcome> {
  return runCommand(inputs, context, (directory) => {
    const scriptPath = join(directory, kind.fileName);
    // Synchronously: a descriptor open for writing that a concurrent fork inherits would make the script unstartable (ETXTBSY).
    writeScriptOnce(scriptPath, `${kind.prefix}${scriptText(inputs['runCommand'])}\n`);
    return kind.command(scriptPath);
  });
}

/** A command under the supervisor, with the inputs that all such steps have: workingDirectory and timeoutSeconds. */
export async function runCommand(
  inputs: Readonly<Record<string, unknown>>,
  context: PluginContext,
  /** Is given the run's directory, where it may put what the command needs. */
  prepare: (directory: string) => readonly string[],
): Promise<PluginOutcome> {
  const run = ownRun(context.directory, context.run, context.platform);
  const directory = runDirectory(context.directory, run);
  const workingDirectory = scriptWorkingDirectory(inputs, context);
  if (!isDirectory(workingDirectory)) return failure(`failed to run commands: no such directory: ${workingDirectory}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const command = prepare(directory);
  const timeoutSeconds = scriptTimeoutSeconds(inputs['timeoutSeconds']);
  const end = await context.supervise({
    directory,
    command,
    timeoutSeconds,
    workingDirectory,
    environment: context.environment,
  });
  // After a restart of the machine the output is that of all runs, one after the other.
  const directories = Array.from({ length: run }, (_, index) => runDirectory(context.directory, index + 1));
  const read = (stream: string): string => directories.map((path) => readHead(join(path, stream), STREAM_BYTES_READ)).join('');
  return scriptOutcome(end, read('stdout'), read('stderr'), timeoutSeconds, context.platform);
}

/** Of several scripts in one step, those that had ended when another asked for a restart are not run again. */
export function ownRun(directory: string, stepRun: number, platform: PlatformType): number {
  for (let run = 1; run < stepRun; run += 1) {
    const end = parseEnd(findText(join(runDirectory(directory, run), 'result')));
    if (end !== undefined && !isReboot(end, platform)) return run;
  }
  return stepRun;
}

export function isReboot(end: RunEnd, platform: PlatformType): boolean {
  return end.kind === 'exit' && (end.code === EXIT_REBOOT || (platform === 'Windows' && end.code === EXIT_REBOOT_WINDOWS));
}

export function runDirectory(directory: string, run: number): string {
  return run === 1 ? directory : join(directory, `run-${run}`);
}

/** A script that may be running must not change under its shell. */
function writeScriptOnce(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    if (statSync(path).size === 0) writeFileSync(path, text, { mode: 0o700 });
  }
}

/** A string, a list of lines, or lists in lists. */
export function scriptText(runCommand: unknown): string {
  if (Array.isArray(runCommand)) return runCommand.map(scriptText).join('\n');
  return typeof runCommand === 'string' ? runCommand : JSON.stringify(runCommand ?? '');
}

export function scriptTimeoutSeconds(value: unknown): number {
  const seconds =
    typeof value === 'number' ? value : typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  const valid = Number.isInteger(seconds) && seconds >= TIMEOUT_SECONDS_MIN && seconds <= TIMEOUT_SECONDS_MAX;
  return valid ? seconds : TIMEOUT_SECONDS_DEFAULT;
}

function scriptWorkingDirectory(inputs: Readonly<Record<string, unknown>>, context: PluginContext): string {
  const given = inputs['workingDirectory'];
  const wanted = typeof given === 'string' ? given.trim() : '';
  if (wanted !== '' && isAbsolute(wanted)) return wanted;
  // As the stock agent: where an earlier step downloaded to, if one did.
  const downloaded = join(context.downloadsDirectory, wanted);
  if (isDirectory(downloaded)) return downloaded;
  return wanted === '' ? context.workingDirectory : wanted;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Pure. The sentences are the stock agent's where it has one. */
export function scriptOutcome(
  end: RunEnd,
  standardOutput: string,
  standardError: string,
  timeoutSeconds: number,
  platform: PlatformType,
): PluginOutcome {
  const outcome = { status: 'Failed', code: EXIT_KILLED, standardOutput, standardError, ends: false } as const;
  const failed = (text: string, code: number): PluginOutcome => ({
    ...outcome,
    code,
    standardError: appendLine(standardError, text),
  });
  switch (end.kind) {
    case 'exit':
      return exitOutcome(end.code, standardOutput, standardError, platform);
    case 'timed-out': {
      const text = `failed to run commands: the script did not end within ${timeoutSeconds} seconds`;
      return { ...failed(text, EXIT_KILLED), status: 'TimedOut' };
    }
    case 'cancelled':
      return { ...outcome, status: 'Cancelled' };
    case 'terminated':
      return failed('the script was interrupted: its supervisor was told to stop. It is not run again.', EXIT_KILLED);
    case 'interrupted':
      return failed('the script was interrupted: it is not known how far it came. It is not run again.', 1);
    default:
      return end satisfies never;
  }
}

function exitOutcome(code: number, standardOutput: string, standardError: string, platform: PlatformType): PluginOutcome {
  const outcome = { status: 'Failed', code, standardOutput, standardError, ends: false } as const;
  if (code === 0) return { ...outcome, status: 'Success' };
  if (code === EXIT_END_SUCCESS) {
    const text = `Step exited with code ${code}. Therefore, marking step as succeeded. Further document steps will be skipped.`;
    return { ...outcome, status: 'Success', standardOutput: appendLine(standardOutput, text), ends: true };
  }
  if (code === EXIT_END_FAILURE) {
    const text = `Step exited with code ${code}. Therefore, marking step as failed. Further document steps will be skipped.`;
    return { ...outcome, standardError: appendLine(standardError, text), ends: true };
  }
  if (isReboot({ kind: 'exit', code }, platform)) return { ...outcome, status: 'SuccessAndReboot' };
  return { ...outcome, standardError: appendLine(standardError, `failed to run commands: exit status ${code}`) };
}
