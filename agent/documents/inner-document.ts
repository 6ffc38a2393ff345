// The steps of a document inside a step (aws:runDocument): in order, with the rules of the command's own document, merged into one outcome.
// The journal knows the outer step only. Each inner step has its two records as files of its directory, durable before they count:
//
//   nothing ─▶ begun (the boot in which its script may run) ─▶ outcome
//
// So an agent that comes back runs what had not begun, attaches to what runs, and tells what ended as it was told.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { JobState } from '../journal/records.ts';
import { findText, writeDurably } from '../machine/files.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import type { RunEnd, RunRequest } from '../supervision/step-supervisor.ts';
import { judgeParameters } from './inner-parameters.ts';
import type { JobDocument } from './job-document.ts';
import { runStepPlugin } from './plugin-run.ts';
import { appendLine, documentStatus, failure, withoutRestart } from './result.ts';
import type { PluginOutcome } from './result.ts';
import type { RunnerOptions } from './runner-options.ts';
import { planStep } from './step-plan.ts';
import { stepDirectoryName } from './step-directory.ts';
import { effectiveValues, parameterEnvironment } from './substitution.ts';

const NO_RESTART =
  'a document inside of a document cannot restart the machine (exit 194): the script is not run again. Restart in a step of the command’s own document.';

export interface InnerRun {
  /** Of the step that runs the document. */
  readonly context: PluginContext;
  readonly commandId: string;
  /** Undefined for one that came as a file. */
  readonly name: string | undefined;
  readonly document: SsmDocument;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly job: JobState;
  readonly options: RunnerOptions;
  /** Supervises for a step that began in the given boot. */
  superviseFrom(bootId: string): (request: RunRequest) => Promise<RunEnd>;
}

export async function runInner(run: InnerRun): Promise<PluginOutcome> {
  const { context, name, document, parameters, commandId } = run;
  const refusal = judgeParameters(document.parameters, parameters);
  if (refusal !== undefined) return failure(refusal);
  const values = effectiveValues(document.parameters, parameters);
  const sent: JobDocument = { commandId, documentName: name, document, values };
  const outcomes: PluginOutcome[] = [];
  for (const [index, step] of document.steps.entries()) {
    const directory = join(context.directory, stepDirectoryName(step, index));
    const told = findOutcome(directory);
    outcomes.push(told ?? (await runInnerStep(run, sent, index, directory, outcomes)));
  }
  return mergeInner(outcomes);
}

async function runInnerStep(
  run: InnerRun,
  sent: JobDocument,
  index: number,
  directory: string,
  before: readonly PluginOutcome[],
): Promise<PluginOutcome> {
  const { job, options } = run;
  const { facts, plugins, policy } = options;
  const begun = findText(join(directory, 'begun'))?.trim();
  const plan = planStep(sent, index, {
    platform: facts.platformType,
    platformsOf: (action) => plugins.get(action)?.platforms,
    policy,
    ended: before.some((outcome) => outcome.ends),
    started: begun !== undefined,
    cancelled: job.cancelled,
  });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (plan.kind === 'run' && begun === undefined) writeDurably(join(directory, 'begun'), `${facts.bootId}\n`);
  const outcome =
    plan.kind === 'told'
      ? plan.outcome
      : await runStepPlugin(sent, plan.step, innerContext(run, sent, directory, begun ?? facts.bootId), job, options);
  const final = outcome.status === 'SuccessAndReboot' ? withoutRestart(outcome, NO_RESTART) : outcome;
  writeDurably(join(directory, 'outcome'), JSON.stringify(final));
  return final;
}

function innerContext(run: InnerRun, sent: JobDocument, directory: string, bootId: string): PluginContext {
  const { context: outer, commandId, options } = run;
  const context: PluginContext = {
    ...outer,
    directory,
    run: 1,
    depth: outer.depth + 1,
    downloadsDirectory: join(outer.directory, 'downloads'),
    // Without the outer document's parameters: their names may be the same.
    environment: {
      ...options.environment,
      ...parameterEnvironment(sent.document.parameters, sent.values),
      SSM_COMMAND_ID: commandId,
    },
    supervise: run.superviseFrom(bootId),
    runInner: (name, document, parameters) => runInner({ ...run, context, name, document, parameters }),
  };
  return context;
}

function findOutcome(directory: string): PluginOutcome | undefined {
  const text = findText(join(directory, 'outcome'));
  return text === undefined ? undefined : (JSON.parse(text) as PluginOutcome);
}

/** What ends the inner document does not end the outer one. */
function mergeInner(outcomes: readonly PluginOutcome[]): PluginOutcome {
  const status = documentStatus(outcomes.map((outcome) => outcome.status));
  const join = (texts: readonly string[]): string =>
    texts.filter((text) => text !== '').reduce((all, text) => (all === '' ? text : appendLine(all, text)), '');
  return {
    status,
    code: outcomes.find((outcome) => outcome.status === status)?.code ?? 0,
    standardOutput: join(outcomes.map((outcome) => outcome.standardOutput)),
    standardError: join(outcomes.map((outcome) => outcome.standardError)),
    ends: false,
  };
}
