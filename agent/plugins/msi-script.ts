// The inputs of aws:applications as a PowerShell script that calls msiexec, and what its exit codes mean. Pure. A script, because msiexec has
// quoting rules of its own (PROPERTY="a b") that the usual quoting of arguments breaks: it gets its line as it is written.
import { EXIT_REBOOT_WINDOWS } from '../documents/result.ts';
import { InputError, inputText, parseFileSource } from './file-source.ts';
import type { FileSource } from './file-source.ts';

export type MsiAction = 'Install' | 'Repair' | 'Uninstall';

const MODES: Readonly<Record<MsiAction, string>> = { Install: '/i', Repair: '/fa', Uninstall: '/x' };

export interface MsiInputs extends FileSource {
  readonly action: MsiAction;
  readonly parameters: string;
}

/** Throws InputError. */
export function parseMsiInputs(inputs: Readonly<Record<string, unknown>>): MsiInputs {
  const action = inputText(inputs, 'action');
  if (action !== 'Install' && action !== 'Repair' && action !== 'Uninstall') {
    throw new InputError(`MsiAction is set to unsupported value: ${action}`);
  }
  const parameters = inputText(inputs, 'parameters');
  // oxlint-disable-next-line no-control-regex -- a line is what msiexec takes
  if (/[\u0000-\u001f]/.test(parameters) || parameters.length > 8000) {
    throw new InputError('parameters must be one line of at most 8000 characters');
  }
  return { action, ...parseFileSource(inputs), parameters };
}

/** PowerShell takes typographic quotes for quotes; twice each means itself. */
const SINGLE_QUOTES = /['\u2018-\u201B]/g;

export function msiScript(inputs: MsiInputs, installer: string): string[] {
  const line =
    `${MODES[inputs.action]} "${installer}" /quiet /norestart /log "${installer}.msiexec.log.txt" ${inputs.parameters}`.trimEnd();
  return [
    `$p = Start-Process -FilePath msiexec.exe -ArgumentList '${line.replaceAll(SINGLE_QUOTES, '$&$&')}' -Wait -PassThru`,
    'exit $p.ExitCode',
  ];
}

const UNKNOWN_PRODUCT = 1605;
/** The installer has begun the restart itself. */
const RESTART_BEGUN = 1641;

export function judgeMsiExit(action: MsiAction, code: number, hasRestarted: boolean): 'Success' | 'SuccessAndReboot' | 'Failed' {
  // What is not there is as good as uninstalled.
  if (code === 0 || (code === UNKNOWN_PRODUCT && action === 'Uninstall')) return 'Success';
  if (code === RESTART_BEGUN) return hasRestarted ? 'Success' : 'SuccessAndReboot';
  return code === EXIT_REBOOT_WINDOWS ? 'SuccessAndReboot' : 'Failed';
}
