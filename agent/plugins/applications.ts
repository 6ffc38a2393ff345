// aws:applications: an MSI package fetched, verified and given to Windows Installer.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import { InputError } from './file-source.ts';
import { judgeMsiExit, msiScript, parseMsiInputs } from './msi-script.ts';
import type { MsiInputs } from './msi-script.ts';
import type { Plugin, PluginContext } from './plugin.ts';
import { POWER_SHELL_SCRIPT } from './script-kinds.ts';
import { runScript, scriptTimeoutSeconds } from './script-step.ts';
import { fetchOutcome, superviseFetch } from './supervised-fetch.ts';

const applications: Plugin = {
  action: 'aws:applications',
  platforms: ['Windows'],
  variableSyntax: 'powershell',
  async run(inputs, context) {
    let asked: MsiInputs;
    try {
      asked = parseMsiInputs(inputs);
    } catch (error) {
      if (error instanceof InputError) return failure(error.message);
      throw error;
    }
    const installer = join(context.directory, 'installer.msi');
    const failed = await fetchInstaller(asked, installer, scriptTimeoutSeconds(inputs['timeoutSeconds']), context);
    if (failed !== undefined) return failed;
    const { timeoutSeconds } = inputs;
    const script = { runCommand: msiScript(asked, installer), timeoutSeconds };
    const ended = await runScript(script, { ...context, directory: join(context.directory, 'install') }, POWER_SHELL_SCRIPT);
    const outcome = msiOutcome(asked, ended, context.run > 1);
    if (outcome.status !== 'SuccessAndReboot') rmSync(installer, { force: true });
    return outcome;
  },
};

async function fetchInstaller(
  asked: MsiInputs,
  installer: string,
  timeoutSeconds: number,
  context: PluginContext,
): Promise<PluginOutcome | undefined> {
  const directory = join(context.directory, 'fetch');
  const end = await superviseFetch(context, directory, timeoutSeconds, () => ({
    url: asked.source,
    allowInsecure: asked.allowInsecure,
    sha256: asked.sha256,
    ca: context.content.ca,
    target: { kind: 'file', path: installer },
  }));
  return fetchOutcome(end, directory, timeoutSeconds);
}

/** The script's exit code is msiexec's, which has meanings of its own. */
function msiOutcome(asked: MsiInputs, ended: PluginOutcome, hasRestarted: boolean): PluginOutcome {
  if (ended.status === 'TimedOut' || ended.status === 'Cancelled') return ended;
  const status = judgeMsiExit(asked.action, ended.code, hasRestarted);
  const standardOutput = asked.source;
  if (status !== 'Failed')
    return { ...ended, status, code: status === 'Success' ? 0 : ended.code, standardOutput, standardError: '', ends: false };
  const told = `Action:{${asked.action}}; Status:{Failed}; ErrorCode:{${ended.code}}; Source:{${asked.source}};`;
  return { ...ended, status, standardOutput, standardError: `${ended.standardError}\n${told}`.trimStart(), ends: false };
}

export default applications;
