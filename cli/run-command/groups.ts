// Equal results of a command, reported as groups: the largest first, each with what its nodes said, whole where the server keeps it whole.
import { AwsError } from '../aws-call.ts';
import type { AwsClient, ReadOptions } from '../aws-client.ts';
import { namesOfNodes } from '../nodes/node-api.ts';
import type { CommandApi, InvocationGroup } from './command-api.ts';
import { outputPages } from './kept-output.ts';
import type { NodeLabels } from './node-labels.ts';
import type { CommandReport, ReportedGroup } from './report.ts';

export interface GroupOptions {
  readonly api: CommandApi;
  readonly client: AwsClient;
  readonly commandId: string;
  readonly step?: string | undefined;
  readonly labels: NodeLabels;
  readonly report: CommandReport;
  /** Undefined: all. */
  readonly groupsMax: number | undefined;
  readonly reading?: ReadOptions;
}

/** What fits on a few screens; `muster logs COMMAND --group` shows all. */
export const GROUPS_SHOWN_MAX = 50;
/** The server gives so many characters of each stream with a group. */
const GROUP_OUTPUT_CHARS = 2_500;
/** A file that somebody printed is for `muster logs COMMAND NODE`. */
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** Of the step that is named, of the only one, or of each in turn. */
export async function reportGroups(options: GroupOptions): Promise<void> {
  try {
    await reportStep(options, options.step);
  } catch (error) {
    const hasSeveral = error instanceof AwsError && error.code === 'InvalidPluginName' && options.step === undefined;
    if (!hasSeveral) throw error;
    for (const step of await stepNames(options)) await reportStep(options, step);
  }
}

async function stepNames({ api, commandId }: GroupOptions): Promise<string[]> {
  const instanceId = await api.someNode(commandId);
  if (instanceId === undefined) return [];
  return (await api.steps(commandId, instanceId)).map((step) => step.StepName);
}

async function reportStep(options: GroupOptions, step: string | undefined): Promise<void> {
  const { api, commandId, report, groupsMax, reading } = options;
  let token: string | undefined;
  let count = 0;
  do {
    const page = await api.groups(commandId, step, token, reading);
    token = page.NextToken;
    const groups = (page.Groups ?? []).slice(0, groupsMax === undefined ? undefined : groupsMax - count);
    await learnNames(options, groups);
    for (const group of groups) {
      report.group(
        await withOutput(options, group, step),
        group.InstanceIds.map((instanceId) => options.labels.nameOf(instanceId)),
      );
      await report.settle();
      if (report.stopped.aborted) return;
    }
    count += groups.length;
  } while (token !== undefined && count < (groupsMax ?? Infinity));
  if (token !== undefined) report.notice(`there are more than ${count} different results: muster logs ${commandId} --group`);
}

async function learnNames({ client, labels }: GroupOptions, groups: readonly InvocationGroup[]): Promise<void> {
  const unknown = groups.flatMap((group) => group.InstanceIds).filter((instanceId) => !labels.knows(instanceId));
  if (unknown.length === 0) return;
  try {
    for (const [instanceId, name] of await namesOfNodes(client, unknown)) labels.learn(instanceId, name);
  } catch (error) {
    // Who may see results and not nodes sees ids.
    if (!(error instanceof AwsError)) throw error;
  }
}

async function withOutput(
  { api, commandId, reading }: GroupOptions,
  group: InvocationGroup,
  step: string | undefined,
): Promise<ReportedGroup> {
  const whole = async (stream: 'stdout' | 'stderr', given: string): Promise<string> => {
    const [instanceId] = group.InstanceIds;
    if (given.length < GROUP_OUTPUT_CHARS || instanceId === undefined) return given;
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of outputPages(api, { commandId, instanceId, step, stream }, reading)) {
      parts.push(part.data);
      if (part.cut) parts.push(Buffer.from('\n(there was more, which its agent did not send)\n'));
      if (part.gap !== undefined) parts.push(Buffer.from(`\n(${part.gap})\n`));
      size += part.data.length;
      if (size >= OUTPUT_BYTES_MAX) {
        parts.push(Buffer.from(`\n(more: muster logs ${commandId} ${instanceId})\n`));
        break;
      }
    }
    return Buffer.concat(parts).toString();
  };
  return {
    ...group,
    step,
    stdout: await whole('stdout', group.StandardOutput ?? ''),
    stderr: await whole('stderr', group.StandardError ?? ''),
  };
}
