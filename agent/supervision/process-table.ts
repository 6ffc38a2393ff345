// Whether a process of an earlier agent is still there. A pid alone does not say it, pids are used again; a supervisor's command line
// names its run directory, which no other process does.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../machine/error-code.ts';

export interface ProcessTable {
  /** Undefined: no such process, or one that has ended and waits for its parent. */
  commandLine(pid: number): string | undefined;
  /** SIGTERM. A process that has gone is no error. */
  terminate(pid: number): void;
  /** SIGKILL to the group that `pid` leads. */
  killGroup(pid: number): void;
}

export const systemProcessTable: ProcessTable = {
  commandLine: process.platform === 'linux' ? commandLineOfProc : commandLineOfPs,
  terminate: (pid) => signal(pid, 'SIGTERM'),
  // Windows has no groups, but trees.
  killGroup(pid) {
    if (process.platform === 'win32') execFileSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore' });
    else signal(-pid, 'SIGKILL');
  },
};

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function commandLineOfProc(pid: number): string | undefined {
  try {
    // Empty for a zombie.
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return text === '' ? undefined : text;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function commandLineOfPs(pid: number): string | undefined {
  const [file, args]: [string, string[]] =
    process.platform === 'win32'
      ? ['powershell', ['-NoProfile', '-Command', `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`]]
      : ['ps', ['-ww', '-o', 'command=', '-p', String(pid)]];
  try {
    const text = execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return text === '' || text.endsWith('<defunct>') ? undefined : text;
  } catch {
    // ps exits 1 when there is no such process.
    return undefined;
  }
}
