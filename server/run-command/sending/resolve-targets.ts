// Turns targets into invocations, a page of nodes at a time. Where it has come to stands in the command's row, in the same unit of
// work as the page, so a crash repeats nothing and loses nothing. A node that the caller may not command, or whose platform the
// document does not fit, gets an invocation that says so.
import type { NodeFacts, NodeTarget } from '../../nodes/index.ts';
import type { CommandId, NodeId, Scope } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';
import { CountChanges, type FinalState, type InvocationState } from '../command.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { parseRequester } from './requester.ts';
import { sendFacts } from './send-facts.ts';
import { finalInvocations } from '../steering/rerun-store.ts';
import * as store from '../store.ts';
import type { CommandRow, InvocationRow } from '../tables.ts';

export async function resolveNextPage(run: RunCommand, tx: Tx, key: CommandKey, row: CommandRow): Promise<void> {
  const { nodes, last, complete } =
    row.rerun_of === null ? await targetPage(run, tx, key, row) : await rerunPage(run, tx, key, row);
  const platforms = await documentPlatforms(tx, key, row);
  const allowed = await mayCommand(run, tx, key, row, nodes);
  const counts = new CountChanges();
  const invocations = nodes.map((node, index) => {
    const state = allowed[index] === true ? platformState(platforms, node) : 'AccessDenied';
    counts.add(state, 1);
    return newInvocation(key, row, node, state);
  });
  await store.insertInvocations(tx, invocations);
  await store.changeCommand(tx, key, counts.entries(), {
    ...(last === undefined ? {} : { resolved_up_to: last }),
    ...(complete ? { resolved: 1, resolved_at: run.clock.nowMs() } : {}),
  });
}

interface Page {
  readonly nodes: readonly NodeFacts[];
  readonly last: string | undefined;
  readonly complete: boolean;
}

async function targetPage(run: RunCommand, tx: Tx, key: CommandKey, row: CommandRow): Promise<Page> {
  const targets = JSON.parse(row.targets) as NodeTarget[];
  const nodes = await run.nodes.page(tx, key, targets, (row.resolved_up_to ?? undefined) as NodeId | undefined, store.CHUNK);
  return { nodes, last: nodes.at(-1)?.nodeId, complete: nodes.length < store.CHUNK };
}

/** Nodes that are not registered any more are left out: ExplainInvocation says so. */
async function rerunPage(run: RunCommand, tx: Tx, key: CommandKey, row: CommandRow): Promise<Page> {
  const old: CommandKey = { ...key, commandId: row.rerun_of as CommandId };
  const states = JSON.parse(row.rerun_states ?? '[]') as FinalState[];
  const after = row.resolved_up_to ?? undefined;
  const { nodeIds, last, complete } = await finalInvocations(tx, old, states, row.rerun_epoch ?? 0, after, store.CHUNK);
  const found = await run.nodes.findMany(tx, key, nodeIds as NodeId[]);
  return { nodes: [...found.values()], last, complete };
}

export function newInvocation(scope: Scope, command: CommandRow, node: NodeFacts, state: InvocationState): InvocationRow {
  return {
    account: scope.account,
    region: scope.region,
    command_id: command.command_id,
    node_id: node.nodeId,
    state,
    computer_name: node.computerName ?? '',
    platform_type: node.platformType ?? '',
    document_name: command.document_name,
    requested_at: command.requested_at,
    dispatched_at: null,
    delivered_at: null,
    finished_at: state === 'Pending' ? null : command.requested_at,
    trace: REASONS[state] ?? '',
    final_epoch: command.epoch,
    cancelled_by: null,
    change_seq: 0,
    streamed: 0,
  };
}

const REASONS: Partial<Record<InvocationState, string>> = {
  AccessDenied: 'The caller may not run commands on this node.',
  InvalidPlatform: 'The document does not support the platform of this node.',
};

/** A node whose platform is not known yet is taken: the agent judges for itself. */
export function fitsPlatform(platforms: readonly string[], node: NodeFacts): boolean {
  return platforms.length === 0 || node.platformType === undefined || platforms.includes(node.platformType);
}

export function platformState(platforms: readonly string[], node: NodeFacts): 'Pending' | 'InvalidPlatform' {
  return fitsPlatform(platforms, node) ? 'Pending' : 'InvalidPlatform';
}

/** Who sent the command may have lost a right since: what holds when the node is found counts. */
async function mayCommand(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  row: CommandRow,
  nodes: readonly NodeFacts[],
): Promise<readonly boolean[]> {
  const { principal, call } = parseRequester(row, key, run.clock.now());
  const permissions = await run.authorizer.open(principal, call, tx);
  const arns = nodes.map((node) => nodeArn(key, node.nodeId));
  return (await permissions.decide('ssm:SendCommand', arns, { tx, facts: sendFacts(row.document_version) })).map(
    ({ allowed }) => allowed,
  );
}

/** What `content` holds beside the document: see send-command. */
async function documentPlatforms(tx: Tx, key: CommandKey, row: CommandRow): Promise<readonly string[]> {
  const content = await store.findContent(tx, key, row.document_hash);
  return content === undefined ? [] : (JSON.parse(content) as SentDocument).platformTypes;
}

/** A document as it was sent: stored once for all commands that sent the same. */
export interface SentDocument {
  readonly platformTypes: readonly string[];
  /** The JSON that agents get as `DocumentContent`. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Step names with their plugins, in order. */
  readonly steps: readonly { readonly name: string; readonly plugin: string }[];
}
