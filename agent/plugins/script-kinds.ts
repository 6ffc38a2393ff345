// How scripts of each kind are written down and started.
import type { ScriptKind } from './script-step.ts';

/** `sh -c` on the file; so a first line `#!…` chooses another interpreter. */
export const SHELL_SCRIPT: ScriptKind = {
  fileName: '_script.sh',
  prefix: '',
  command: (path) => ['sh', '-c', `'${path.replaceAll("'", String.raw`'\''`)}'`],
};

const POWER_SHELL_ARGUMENTS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Unrestricted', '-File'];

/** How PowerShell runs a file: Windows PowerShell on Windows. */
export function powerShell(program: 'powershell.exe' | 'pwsh', path: string): readonly string[] {
  return [program, ...POWER_SHELL_ARGUMENTS, path];
}

/** Windows PowerShell takes a file without a byte order mark for the local code page. */
export const POWER_SHELL_SCRIPT: ScriptKind = {
  fileName: '_script.ps1',
  prefix: '\uFEFF',
  command: (path) => powerShell('powershell.exe', path),
};

export const PWSH_SCRIPT: ScriptKind = { fileName: '_script.ps1', prefix: '', command: (path) => powerShell('pwsh', path) };
