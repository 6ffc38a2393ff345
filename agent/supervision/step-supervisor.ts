// Runs a command under a supervisor that outlives the agent, and follows it through the files of its run directory (see
// supervise-script.ts): starting and attaching are one operation, so a restarted agent simply asks again.
//
//   nothing ──start──▶ started ──▶ result, supervisor gone ──▶ its end
//                         └── supervisor gone, no result (power cut, kill -9 of the supervisor) ──▶ interrupted
//
// Invariant: `started` and `result` are each made once, with O_EXCL; what they say is true for ever.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUT_KEPT } from '@muster/protocol/output-stream.ts';
import { errorCode } from '../machine/error-code.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import { findText } from '../machine/files.ts';
import type { ProcessTable } from './process-table.ts';
import type { RunCgroups } from './run-cgroups.ts';

/** A supervisor that was not started by this agent is looked at this often. */
const POLL_MS = 500;
/** Our own child's end is an event; a look now and then costs nothing. */
const CHILD_POLL_MS = 30_000;
/** The tree is killed by the watchdog; after so many polls the whole group goes, supervisor and all. */
const KILL_POLLS_MAX = 6;
/** Between looks whether what was killed has gone. */
const KILLED_POLL_MS = 20;

export type RunEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  /** The supervisor was told to stop, as by a machine that shuts down. */
  | { readonly kind: 'terminated' }
  /** Nobody knows how the script ended, or whether. */
  | { readonly kind: 'interrupted' };

export interface RunRequest {
  readonly directory: string;
  readonly command: readonly string[];
  readonly timeoutSeconds: number;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface StepSupervisor {
  /** Starts the run unless it was started before, and waits for its end. Rejects when it cannot start, or with the signal's reason. */
  run(request: RunRequest, signal: AbortSignal): Promise<RunEnd>;
  /** How a run of an earlier boot ended; there is nothing to wait for. */
  findEnd(directory: string): RunEnd;
  /** The run ends as cancelled, unless it has ended already; its processes are killed. */
  cancel(directory: string): Promise<void>;
}

/** The program that supervises: interpreter and file. Its arguments follow: run directory, seconds, bytes of head and tail, command. */
export type SupervisorProgram = readonly string[];

export interface SupervisorOptions {
  readonly program: SupervisorProgram;
  readonly processes: ProcessTable;
  /** Undefined where there are none. */
  readonly cgroups?: RunCgroups | undefined;
  readonly clock: Clock;
}

export function createStepSupervisor(options: SupervisorOptions): StepSupervisor {
  const { clock, processes, cgroups } = options;
  const isSupervisor = (directory: string, pid: number | undefined): boolean =>
    pid !== undefined && (processes.commandLine(pid)?.includes(directory) ?? false);
  const isAlive = (directory: string, file: 'started' | 'watchdog'): boolean => isSupervisor(directory, findPid(directory, file));

  return {
    findEnd,
    async run(request, signal) {
      const { directory } = request;
      // Wakes the loop below when our own child ends.
      let childEnded = new AbortController();
      let childPid: number | undefined;
      if (!existsSync(join(directory, 'started'))) {
        cgroups?.prepare(directory);
        const child = await start(options.program, request);
        childPid = child.pid;
        child.once('exit', () => childEnded.abort());
        if (child.exitCode !== null || child.signalCode !== null) childEnded.abort();
      }
      for (;;) {
        // One look: between two, the supervisor may come, and would be taken for one that has gone.
        const started = findText(join(directory, 'started'));
        if (started !== undefined && !isSupervisor(directory, parsePid(started))) {
          for (const pipe of ['stdout.pipe', 'stderr.pipe']) rmSync(join(directory, pipe), { force: true });
          const end = findEnd(directory);
          if (cgroups !== undefined) await leaveCgroup(cgroups, directory, end, clock);
          return end;
        }
        if (childEnded.signal.aborted && !existsSync(join(directory, 'started'))) {
          throw new Error('the step supervisor ended before it started');
        }
        if (childEnded.signal.aborted) childEnded = new AbortController();
        const isOurs = childPid !== undefined && childPid === findPid(directory, 'started');
        await pause(clock, isOurs ? CHILD_POLL_MS : POLL_MS, AbortSignal.any([signal, childEnded.signal]));
        signal.throwIfAborted();
      }
    },
    async cancel(directory) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      // A run that has not started never will.
      claim(directory, 'started', '0\n');
      if (!claim(directory, 'result', 'cancelled\n')) return;
      const never = new AbortController().signal;
      for (let poll = 0; isAlive(directory, 'started'); poll += 1) {
        const watchdog = findPid(directory, 'watchdog');
        const main = findPid(directory, 'started');
        if (poll >= KILL_POLLS_MAX && main !== undefined) processes.killGroup(main);
        else if (watchdog !== undefined && isAlive(directory, 'watchdog')) processes.terminate(watchdog);
        await pause(clock, POLL_MS, never);
      }
      cgroups?.kill(directory);
    },
  };
}

/** What a script left behind when it ended lives on; what is left of one that was interrupted would never be timed out. */
async function leaveCgroup(cgroups: RunCgroups, directory: string, end: RunEnd, clock: Clock): Promise<void> {
  if (end.kind === 'interrupted') cgroups.kill(directory);
  // The killed take a moment to go.
  const polls = end.kind === 'exit' ? 0 : KILL_POLLS_MAX;
  for (let poll = 0; !cgroups.remove(directory) && poll < polls; poll += 1)
    await pause(clock, KILLED_POLL_MS, new AbortController().signal);
}

/** Resolves when the supervisor runs; rejects when the system cannot start it. */
function start(program: SupervisorProgram, request: RunRequest): Promise<ChildProcess> {
  const { directory, command, timeoutSeconds, workingDirectory, environment } = request;
  const [file, ...args] = program;
  if (file === undefined) throw new Error('no supervisor program');
  const kept = String(OUTPUT_KEPT.headBytes);
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, directory, String(timeoutSeconds), kept, ...command], {
      cwd: workingDirectory,
      env: environment,
      // A session and group of its own: it goes on when the agent, or the agent's terminal, is gone.
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    });
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
    child.unref();
  });
}

function findEnd(directory: string): RunEnd {
  return parseEnd(findText(join(directory, 'result'))) ?? { kind: 'interrupted' };
}

function claim(directory: string, file: string, text: string): boolean {
  try {
    writeFileSync(join(directory, file), text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function findPid(directory: string, file: string): number | undefined {
  return parsePid(findText(join(directory, file)) ?? '');
}

/** Undefined for the claim of a cancel, too. */
function parsePid(text: string): number | undefined {
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Undefined for what is not (yet) a whole line. */
export function parseEnd(text: string | undefined): RunEnd | undefined {
  const match = /^(?:exit (\d{1,10})|(timed-out|cancelled|terminated))\n$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, code, word] = match;
  if (code !== undefined) return { kind: 'exit', code: Number(code) };
  return word === 'timed-out' || word === 'cancelled' || word === 'terminated' ? { kind: word } : undefined;
}
