// aws:runShellScript: the commands as one file, started by `sh -c` on that file; so a first line `#!…` chooses another interpreter.
import type { Plugin } from './plugin.ts';
import { SHELL_SCRIPT } from './script-kinds.ts';
import { runScript } from './script-step.ts';

const runShellScript: Plugin = {
  action: 'aws:runShellScript',
  platforms: ['Linux', 'MacOS'],
  variableSyntax: 'shell',
  run: (inputs, context) => runScript(inputs, context, SHELL_SCRIPT),
};

export default runShellScript;
