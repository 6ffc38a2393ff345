// aws:configureDocker: installs docker and starts its service, or removes it, by a script for the machine at hand.
import { failure } from '../documents/result.ts';
import { linuxDockerScript, windowsDockerScript } from './docker-set-up.ts';
import type { Plugin } from './plugin.ts';
import { POWER_SHELL_SCRIPT, SHELL_SCRIPT } from './script-kinds.ts';
import { runScript } from './script-step.ts';

const configureDocker: Plugin = {
  action: 'aws:configureDocker',
  platforms: ['Linux', 'Windows'],
  variableSyntax: 'shell',
  async run(inputs, context) {
    const { action } = inputs;
    if (action !== 'Install' && action !== 'Uninstall')
      return failure(`configure action is set to unsupported value: ${String(action)}`);
    if (context.platform === 'Windows') {
      return runScript({ ...inputs, runCommand: windowsDockerScript(action) }, context, POWER_SHELL_SCRIPT);
    }
    const { packageManager, platform } = context.packages.machine();
    const runCommand = linuxDockerScript(action, packageManager);
    if (runCommand === undefined) {
      return failure(
        `Unsupported Linux variant: ${platform === '' ? 'unknown' : platform}. Install docker with the system's own means.`,
      );
    }
    return runScript({ ...inputs, runCommand }, context, SHELL_SCRIPT);
  },
};

export default configureDocker;
