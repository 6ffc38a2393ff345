// aws:runShellScript: the commands as one file, started by `sh -c` on that file; so a first line `#!…` chooses another interpreter.
import type { Plugin } from './plugin.ts';
import { runScript } from './script-step.ts';

const runShellScript: Plugin = {
  action: 'aws:runShellScript',
  platforms: ['Linux', 'MacOS'],
  variableSyntax: 'shell',
  run: (inputs, context) =>
    runScript(inputs, context, {
      fileName: '_script.sh',
      prefix: '',
      command: (path) => ['sh', '-c', `'${path.replaceAll("'", String.raw`'\''`)}'`],
    }),
};

export default runShellScript;
