// aws:runPowerShellScript: Windows PowerShell on Windows, PowerShell (`pwsh`) elsewhere, where it may be missing: then the step says so.
import { failure } from '../documents/result.ts';
import { isOnPath } from '../machine/find-program.ts';
import type { Plugin } from './plugin.ts';
import { POWER_SHELL_SCRIPT, PWSH_SCRIPT } from './script-kinds.ts';
import { runScript } from './script-step.ts';

const runPowerShellScript: Plugin = {
  action: 'aws:runPowerShellScript',
  platforms: ['Windows', 'Linux', 'MacOS'],
  variableSyntax: 'powershell',
  run(inputs, context) {
    if (context.platform === 'Windows') return runScript(inputs, context, POWER_SHELL_SCRIPT);
    if (isOnPath('pwsh', context.environment['PATH'] ?? '')) return runScript(inputs, context, PWSH_SCRIPT);
    return Promise.resolve(
      failure('aws:runPowerShellScript needs PowerShell, but there is no pwsh on this machine: install PowerShell 7'),
    );
  },
};

export default runPowerShellScript;
