// One step in hand: its plugin asked for each of its inputs, and the way to cancel it. Whether the script was started, by this
// agent or an earlier one, in this boot or an earlier one, is settled here and nowhere else.
import { join } from 'node:path';
import type { DocumentStep } from '@muster/protocol/document.ts';
import type { JobState, StepState } from '../journal/records.ts';
import { describeError } from '../machine/log.ts';
import type { Plugin, PluginContext } from '../plugins/plugin.ts';
import type { RunEnd, RunRequest } from '../supervision/step-supervisor.ts';
import type { JobDocument } from './job-document.ts';
import { applyFlow, failure, mergeOutcomes } from './result.ts';
import type { PluginOutcome } from './result.ts';
import type { RunnerOptions } from './runner.ts';
import { stepInputs } from './step-plan.ts';
import { parameterEnvironment } from './substitution.ts';

export interface StepInHand {
  readonly outcome: Promise<PluginOutcome>;
  cancel(): Promise<void>;
}

export function startStep(
  sent: JobDocument,
  plan: { readonly step: DocumentStep },
  index: number,
  state: StepState,
  job: JobState,
  options: RunnerOptions,
): StepInHand {
  const { step } = plan;
  const { supervisor, signal, facts } = options;
  const directory = join(options.orchestrationDir, sent.commandId, stepDirectoryName(step, index));
  let running: string | undefined;
  const supervise = async (request: RunRequest): Promise<RunEnd> => {
    if (state.startedBootId !== facts.bootId) return supervisor.findEnd(request.directory);
    running = request.directory;
    // An earlier agent may have died between the cancel and the kill.
    if (job.cancelled) await supervisor.cancel(request.directory);
    return supervisor.run(request, signal);
  };
  const context: PluginContext = {
    platform: facts.platformType,
    directory,
    run: state.run,
    workingDirectory: options.workingDirectory,
    environment: {
      ...options.environment,
      ...parameterEnvironment(sent.document.parameters, sent.values),
      SSM_COMMAND_ID: sent.commandId,
    },
    supervise,
  };
  const plugin = options.plugins.get(step.action);
  if (plugin === undefined) throw new Error(`no plugin ${step.action}, although the plan says that there is`);
  return {
    outcome: outcomeOf(sent, step, plugin, context, job, options),
    cancel: async () => {
      if (running !== undefined) await supervisor.cancel(running);
    },
  };
}

async function outcomeOf(
  sent: JobDocument,
  step: DocumentStep,
  plugin: Plugin,
  context: PluginContext,
  job: JobState,
  options: RunnerOptions,
): Promise<PluginOutcome> {
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

/** `1.awsrunShellScript`: the ordinal keeps the names apart, whatever the rest becomes. */
function stepDirectoryName(step: DocumentStep, index: number): string {
  return `${index + 1}.${step.name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 100)}`;
}
