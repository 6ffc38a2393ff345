// aws:runPowerShellScript: Windows PowerShell on Windows, PowerShell (`pwsh`) elsewhere, where it may be missing: then the step says so.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failure } from '../documents/result.ts';
import type { Plugin } from './plugin.ts';
import { runScript } from './script-step.ts';

const ARGUMENTS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Unrestricted', '-File'];

const runPowerShellScript: Plugin = {
  action: 'aws:runPowerShellScript',
  platforms: ['Windows', 'Linux', 'MacOS'],
  variableSyntax: 'powershell',
  run(inputs, context) {
    const isWindows = context.platform === 'Windows';
    const program = isWindows ? 'powershell.exe' : 'pwsh';
    if (!isWindows && !isOnPath(program, context.environment['PATH'] ?? '')) {
      return Promise.resolve(
        failure('aws:runPowerShellScript needs PowerShell, but there is no pwsh on this machine: install PowerShell 7'),
      );
    }
    return runScript(inputs, context, {
      fileName: '_script.ps1',
      prefix: isWindows ? '\uFEFF' : '',
      command: (path) => [program, ...ARGUMENTS, path],
    });
  },
};

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}

export default runPowerShellScript;
