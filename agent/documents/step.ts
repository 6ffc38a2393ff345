// One step in hand: its plugin asked for each of its inputs, and the way to cancel it. Whether the script was started, by this
// agent or an earlier one, in this boot or an earlier one, is settled here and nowhere else.
import { join } from 'node:path';
import type { DocumentStep } from '@muster/protocol/document.ts';
import type { JobState, StepState } from '../journal/records.ts';
import type { StepOutput } from '../output-stream/output-streams.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import type { RunEnd, RunRequest } from '../supervision/step-supervisor.ts';
import { runInner } from './inner-document.ts';
import type { JobDocument } from './job-document.ts';
import { runStepPlugin } from './plugin-run.ts';
import type { PluginOutcome } from './result.ts';
import type { RunnerOptions } from './runner-options.ts';
import { stepDirectoryName } from './step-directory.ts';
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
  output?: StepOutput,
): StepInHand {
  const { step } = plan;
  const { supervisor, signal, facts } = options;
  const { commandId } = sent;
  const commandDirectory = join(options.orchestrationDir, commandId);
  let running: string | undefined;
  const superviseFrom =
    (bootId: string) =>
    async (request: RunRequest): Promise<RunEnd> => {
      output?.follow(request.directory);
      if (bootId !== facts.bootId) return supervisor.findEnd(request.directory);
      running = request.directory;
      // An earlier agent may have died between the cancel and the kill.
      if (job.cancelled) await supervisor.cancel(request.directory);
      return supervisor.run(request, signal);
    };
  const context: PluginContext = {
    platform: facts.platformType,
    directory: join(commandDirectory, stepDirectoryName(step, index)),
    downloadsDirectory: join(commandDirectory, 'downloads'),
    run: state.run,
    depth: 0,
    workingDirectory: options.workingDirectory,
    environment: {
      ...options.environment,
      ...parameterEnvironment(sent.document.parameters, sent.values),
      SSM_COMMAND_ID: commandId,
    },
    content: options.content,
    packages: options.packages,
    api: options.api,
    clock: options.clock,
    signal,
    supervise: superviseFrom(state.startedBootId),
    runInner: (name, document, parameters) =>
      runInner({ context, commandId, name, document, parameters, job, options, superviseFrom }),
  };
  return {
    outcome: runStepPlugin(sent, step, context, job, options),
    cancel: async () => {
      if (running !== undefined) await supervisor.cancel(running);
    },
  };
}
