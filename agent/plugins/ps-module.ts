// aws:psModule: a PowerShell module fetched, verified and unpacked to where Windows PowerShell looks for modules; then the commands.
import { join } from 'node:path';
import { failure } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import { InputError, parseFileSource } from './file-source.ts';
import type { FileSource } from './file-source.ts';
import type { Plugin, PluginContext } from './plugin.ts';
import { POWER_SHELL_SCRIPT } from './script-kinds.ts';
import { runScript, scriptTimeoutSeconds } from './script-step.ts';
import { fetchOutcome, superviseFetch } from './supervised-fetch.ts';

const psModule: Plugin = {
  action: 'aws:psModule',
  platforms: ['Windows'],
  variableSyntax: 'powershell',
  async run(inputs, context) {
    const { source } = inputs;
    if (source !== undefined && source !== '') {
      const failed = await fetchModule(inputs, context);
      if (failed !== undefined) return failed;
    }
    return runScript(inputs, { ...context, directory: join(context.directory, 'commands') }, POWER_SHELL_SCRIPT);
  },
};

async function fetchModule(
  inputs: Readonly<Record<string, unknown>>,
  context: PluginContext,
): Promise<PluginOutcome | undefined> {
  let asked: FileSource;
  try {
    asked = parseFileSource(inputs);
  } catch (error) {
    if (error instanceof InputError) return failure(error.message);
    throw error;
  }
  const systemRoot = context.environment['SystemRoot'];
  if (systemRoot === undefined) return failure('the agent was started without SystemRoot: it does not know where modules belong');
  const path = join(systemRoot, 'System32', 'WindowsPowerShell', 'v1.0', 'Modules');
  const directory = join(context.directory, 'fetch');
  const timeoutSeconds = scriptTimeoutSeconds(inputs['timeoutSeconds']);
  const end = await superviseFetch(context, directory, timeoutSeconds, () => ({
    url: asked.source,
    allowInsecure: asked.allowInsecure,
    sha256: asked.sha256,
    ca: context.content.ca,
    target: { kind: 'into-directory', path },
  }));
  return fetchOutcome(end, directory, timeoutSeconds);
}

export default psModule;
