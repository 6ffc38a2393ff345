// The document actions that this agent runs: one file each, one line here; and those that it refuses with the reason.
import applications from './applications.ts';
import configureDocker from './configure-docker.ts';
import configurePackage from './configure-package.ts';
import downloadContent from './download-content.ts';
import { notHere } from './not-here.ts';
import type { Plugin } from './plugin.ts';
import psModule from './ps-module.ts';
import runDockerAction from './run-docker-action.ts';
import runDocument from './run-document.ts';
import runPowerShellScript from './run-power-shell-script.ts';
import runShellScript from './run-shell-script.ts';
import updateSsmAgent from './update-ssm-agent.ts';

const all: readonly Plugin[] = [
  runShellScript,
  runPowerShellScript,
  downloadContent,
  runDocument,
  configurePackage,
  applications,
  psModule,
  configureDocker,
  runDockerAction,
  updateSsmAgent,
  ...notHere,
];

export const plugins: ReadonlyMap<string, Plugin> = new Map(all.map((plugin) => [plugin.action, plugin]));
