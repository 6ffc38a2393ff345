// The plugin of one step asked for each of its inputs, and what it says as one outcome. The same for steps of the command's document and
// of documents inside of it.
import { join } from 'node:path';
import type { DocumentStep } from '@muster/protocol/document.ts';
import type { JobState } from '../journal/records.ts';
import { describeError } from '../machine/log.ts';
import type { Plugin, PluginContext } from '../plugins/plugin.ts';
import type { JobDocument } from './job-document.ts';
import { applyFlow, failure, mergeOutcomes } from './result.ts';
import type { PluginOutcome } from './result.ts';
import type { RunnerOptions } from './runner-options.ts';
import { stepInputs } from './step-plan.ts';

export async function runStepPlugin(
  sent: JobDocument,
  step: DocumentStep,
  context: PluginContext,
  job: JobState,
  options: RunnerOptions,
): Promise<PluginOutcome> {
  const plugin = options.plugins.get(step.action);
  if (plugin === undefined) throw new Error(`no plugin ${step.action}, although the plan says that there is`);
  const outcomes: PluginOutcome[] = [];
  for (const [position, given] of step.inputs.entries()) {
    if (job.cancelled && position > 0) {
      outcomes.push({ status: 'Cancelled', code: 1, standardOutput: '', standardError: '', ends: false });
      break;
    }
    const inputs = stepInputs(sent, given, plugin.variableSyntax);
    if (typeof inputs === 'string') {
      outcomes.push(failure(inputs));
      continue;
    }
    const own = step.inputs.length === 1 ? context : { ...context, directory: join(context.directory, String(position + 1)) };
    const outcome = applyFlow(await runPlugin(plugin, inputs, own, options), inputs);
    outcomes.push(outcome);
    // The others wait for the next boot.
    if (outcome.status === 'SuccessAndReboot') break;
  }
  return mergeOutcomes(outcomes);
}

/** A plugin that throws has failed its step, with the reason; the agent's own stop is not its failure. */
async function runPlugin(
  plugin: Plugin,
  inputs: Readonly<Record<string, unknown>>,
  context: PluginContext,
  options: RunnerOptions,
): Promise<PluginOutcome> {
  try {
    return await plugin.run(inputs, context);
  } catch (error) {
    if (options.signal.aborted) throw error;
    options.log.error('a step could not be run', { action: plugin.action }, error);
    return failure(`failed to run commands: ${describeError(error)}`);
  }
}
