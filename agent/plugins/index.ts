// The document actions that this agent runs: one file each, one line here.
import configurePackage from './configure-package.ts';
import downloadContent from './download-content.ts';
import type { Plugin } from './plugin.ts';
import runDocument from './run-document.ts';
import runPowerShellScript from './run-power-shell-script.ts';
import runShellScript from './run-shell-script.ts';

export const plugins: ReadonlyMap<string, Plugin> = new Map(
  [runShellScript, runPowerShellScript, downloadContent, runDocument, configurePackage].map((plugin) => [plugin.action, plugin]),
);
