// Why a node was not targeted, waits, was not reached, or how it ended: (facts) -> words. Pure; the facts are the rows of the command and
// of the node, and the node as it is now. Targets are judged as they are now, since nobody keeps what tags were.
import type { NodeStanding, TargetStanding } from '../../nodes/index.ts';
import { isPaused, holdingSentence } from '../progress.ts';
import type { CommandRow, InvocationRow } from '../tables.ts';

export interface ExplainFacts {
  readonly command: CommandRow;
  readonly invocation: InvocationRow | undefined;
  /** Undefined: the node is not registered. */
  readonly standing: NodeStanding | undefined;
  readonly connected: boolean;
  /** Of a rerun: the node's invocation of the old command. */
  readonly before: InvocationRow | undefined;
  /** Commands that the node has taken and not finished, without this one. */
  readonly unfinished: number;
  readonly unfinishedMax: number;
  readonly steps: readonly {
    readonly step_name: string;
    readonly status: string;
    readonly code: number;
    readonly output: string;
  }[];
  readonly platformTypes: readonly string[];
}

export interface Explanation {
  readonly verdict: string;
  readonly summary: string;
  readonly reasons: readonly string[];
}

export function explain(facts: ExplainFacts): Explanation {
  const { invocation } = facts;
  if (invocation !== undefined) return { verdict: invocation.state, ...explainInvocation(facts, invocation) };
  return { verdict: 'NotTargeted', ...(facts.command.rerun_of === null ? notTargeted(facts) : notRerun(facts)) };
}

type Words = Omit<Explanation, 'verdict'>;

const NOT_REGISTERED = 'The node is not registered: it never was, or it was deregistered.';

function notTargeted({ command, standing }: ExplainFacts): Words {
  if (standing === undefined) return words(NOT_REGISTERED);
  const named = JSON.parse(command.instance_ids) as string[];
  if (named.length > 0)
    return words('The command names its nodes by id, and this is not one of them.', [`InstanceIds: ${named.join(', ')}.`]);
  const differing = standing.targets.filter(({ matches }) => !matches);
  if (differing.length > 0)
    return words(
      differing.length === 1
        ? 'The node does not match a target of the command.'
        : `The node does not match ${differing.length} targets of the command.`,
      differing.map(differenceSentence),
    );
  const found = command.resolved_at ?? command.finished_at;
  if (command.resolved === 0 && command.finished_at === null)
    return words('The node matches; the targets of the command are still being found, and its turn has not come.');
  if (standing.registeredAt.getTime() > command.requested_at)
    return words('The node was registered after the command was sent.', [
      `Registered ${standing.registeredAt.toISOString()}; sent ${time(command.requested_at)}.`,
    ]);
  return words('The node matches now, but did not when the targets of the command were found.', [
    `Its tags or its groups have changed since ${time(found ?? command.requested_at)}.`,
  ]);
}

function differenceSentence({ key, values, has }: TargetStanding): string {
  if (/^instanceids$/i.test(key)) return 'It is not among the InstanceIds.';
  if (/^resource-groups:name$/i.test(key)) return `It is not in the resource group ${values.join(', ')}.`;
  if (/^resource-groups:/i.test(key)) return `It is not in the group as one of the types ${values.join(', ')}.`;
  if (/^tag-key$/i.test(key)) return `It has none of the tags ${values.join(', ')}.`;
  const tag = key.slice('tag:'.length);
  const wanted = `the command wants ${values.join(' or ')}`;
  return has === undefined ? `It has no tag ${tag}; ${wanted}.` : `Its tag ${tag} is ${has}; ${wanted}.`;
}

function notRerun({ command, standing, before }: ExplainFacts): Words {
  const old = command.rerun_of ?? '';
  const of = `The command reruns a part of ${old}.`;
  if (before === undefined) return words(`Command ${old}, of which this one reruns a part, had nothing to do on the node.`);
  if (before.finished_at === null || before.final_epoch > (command.rerun_epoch ?? 0))
    return words('When the rerun was asked for, the old command had not ended on the node.', [of]);
  const states = command.rerun_states === null ? undefined : (JSON.parse(command.rerun_states) as string[]);
  if (states === undefined) return words('The rerun names its nodes by id, and this is not one of them.', [of]);
  if (!states.includes(before.state))
    return words(`The node had ended ${before.state}, which the rerun does not take.`, [of, `It takes ${states.join(', ')}.`]);
  if (standing === undefined) return words('The node was to be run again, but is not registered any more.', [of]);
  if (command.resolved === 0 && command.finished_at === null)
    return words('The nodes of the rerun are still being looked up, and its turn has not come.', [of]);
  return words('The node was to be run again, but was not registered when the rerun looked for it.', [of]);
}

function explainInvocation(facts: ExplainFacts, row: InvocationRow): Words {
  const { command, connected } = facts;
  const expires = `The command expires ${time(command.expires_at)}.`;
  switch (row.state) {
    case 'Pending':
      return words(pendingSentence(command), [...(connected ? [] : [offlineSentence(facts)]), expires]);
    case 'Delayed':
      return connected
        ? words('The node has just connected: the command is on its way to it.')
        : words('The node is not connected: the command starts when it connects.', [offlineSentence(facts), expires]);
    case 'InProgress':
      return inProgress(facts, row, expires);
    case 'Cancelling':
      return words(`The node was asked to stop${by(row.cancelled_by ?? command.cancelled_by)}, and has not answered yet.`, [
        ...(connected ? [] : [offlineSentence(facts)]),
        expires,
      ]);
    case 'DeliveryTimedOut':
      return deliveryTimedOut(facts, row);
    case 'Cancelled':
      return words(
        row.dispatched_at === null
          ? `Cancelled${by(row.cancelled_by ?? command.cancelled_by)} before it was sent to the node.`
          : `Cancelled${by(row.cancelled_by ?? command.cancelled_by)}.`,
        traceOf(row),
      );
    case 'Terminated':
      return words(row.trace === '' ? 'Not sent: the command was stopped.' : row.trace);
    case 'Undeliverable':
      return words(row.trace === '' ? 'The command could not be delivered.' : row.trace);
    case 'InvalidPlatform':
      return words(
        `The document does not support ${row.platform_type === '' ? 'the platform of the node' : row.platform_type}.`,
        [`It supports ${facts.platformTypes.join(', ')}.`],
      );
    case 'AccessDenied': {
      const { arn } = JSON.parse(command.requested_by) as { readonly arn?: string };
      return words(`${arn ?? 'Who sent the command'} may not run commands on this node (ssm:SendCommand).`);
    }
    default:
      return ended(facts, row);
  }
}

function pendingSentence(command: CommandRow): string {
  return holdingSentence(command) ?? 'Nothing holds the command: its turn comes at once.';
}

function inProgress(facts: ExplainFacts, row: InvocationRow, expires: string): Words {
  const { connected, unfinished, unfinishedMax, command } = facts;
  const paused = isPaused(command) ? ['The command is paused, but what was sent goes on.'] : [];
  if (row.delivered_at !== null)
    return connected
      ? words(`The node has been running it since ${time(row.delivered_at)}.`, [...paused, expires])
      : words('The node took it and is not connected now: it reports when it connects again.', [offlineSentence(facts), expires]);
  if (!connected) return words('The node lost its connection before it took the command.', [offlineSentence(facts), expires]);
  if (unfinished >= unfinishedMax)
    return words(`The node has ${unfinished} unfinished commands; at most ${unfinishedMax} are given to it at a time.`, [
      expires,
    ]);
  return words(`Sent ${time(row.dispatched_at)}; the agent has not acknowledged it yet.`, [...paused, expires]);
}

function deliveryTimedOut(facts: ExplainFacts, row: InvocationRow): Words {
  const expired = `The command expired ${time(facts.command.expires_at)}.`;
  if (row.dispatched_at === null) {
    const paused = facts.command.paused === 1 ? ['The command was paused when it expired.'] : [];
    return words('Its turn did not come before the command expired.', [...paused, expired]);
  }
  return row.delivered_at === null
    ? words('It was sent for, but the node did not take it before the command expired.', [
        `Sent for ${time(row.dispatched_at)}.`,
        expired,
        ...(facts.connected ? [] : [offlineSentence(facts)]),
      ])
    : words('The node took it, but no final reply came before the command expired.', [
        `Taken ${time(row.delivered_at)}.`,
        expired,
        ...(facts.connected ? [] : [offlineSentence(facts)]),
      ]);
}

function ended(facts: ExplainFacts, row: InvocationRow): Words {
  const failed = facts.steps
    .filter(({ status }) => row.state !== 'Success' && !['Success', 'Skipped', 'NotStarted'].includes(status))
    .map(({ step_name: name, status, code }) => `Step ${name} ended ${status} with code ${code}.`);
  // What a skipped step says is why: a precondition, an unsupported plugin, the exit of a step before.
  const skipped = facts.steps
    .filter(({ status }) => status === 'Skipped')
    .map(({ step_name: name, output }) => `Step ${name} was skipped: ${output}`);
  const at = row.finished_at === null ? '' : ` ${time(row.finished_at)}`;
  const how =
    row.state === 'ExecutionTimedOut'
      ? 'The document ran longer than it may, and the agent ended it'
      : `The document ended ${row.state}`;
  return words(`${how}${at}.`, [...failed, ...skipped, ...traceOf(row)]);
}

function offlineSentence({ standing }: ExplainFacts): string {
  if (standing === undefined) return NOT_REGISTERED;
  return standing.lastPingAt === undefined
    ? 'The node has never connected.'
    : `The node was last seen ${standing.lastPingAt.toISOString()}.`;
}

function traceOf(row: InvocationRow): string[] {
  return row.trace === '' ? [] : [row.trace];
}

function words(summary: string, reasons: readonly string[] = []): Words {
  return { summary, reasons };
}

function by(arn: string | null): string {
  return arn === null ? '' : ` by ${arn}`;
}

function time(ms: number | null): string {
  return ms === null ? 'at an unknown time' : new Date(ms).toISOString();
}
