// RerunCommand: a new command with the very content, parameters and limits of an old one, on those of its invocations that are final when
// the call is made. One unit of work locks the old command, looks, and moves its epoch on: what ends later is not taken, however long the
// nodes take to be found. Nodes named by id are taken in the call, the others page by page by the dispatcher.
import type { MusterRunCommandApi, RerunCommandRequest } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { ConditionFacts } from '../../platform/access/index.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn } from '../../documents/index.ts';
import type { NodeFacts } from '../../nodes/index.ts';
import type { CommandId, NodeId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { Tx } from '../../platform/store/index.ts';
import { FINAL_STATES, type FinalState, isFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import { DISPATCHER, type RunCommand, wakeKey } from '../domain.ts';
import { justMade } from '../sending/new-command.ts';
import { progressView } from '../progress.ts';
import { finalInvocations } from '../steering/rerun-store.ts';
import { newInvocation, platformState } from '../sending/resolve-targets.ts';
import { requesterText } from '../sending/requester.ts';
import { sendFacts } from '../sending/send-facts.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';

type Context = RequestContext<MusterRunCommandApi['RerunCommand']['errors']>;

const NOT_SUCCESS = FINAL_STATES.filter((state) => state !== 'Success');

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'RerunCommand', {
  action: 'muster:RerunCommand',
  audit: 'write',
  resources: ({ InstanceIds: ids = [] }, scope) => (ids.length === 0 ? ['*'] : ids.map((nodeId) => nodeArn(scope, nodeId))),
  async handle(run, ctx, input) {
    const oldKey: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const commandId = run.ids.uuid() as CommandId;
    const key: CommandKey = { ...oldKey, commandId };
    const row = await run.database.write('run-command.rerun', async (tx) => {
      const old = await store.lockCommand(tx, oldKey, run.database.dialect);
      if (old === undefined) return ctx.fail('InvalidCommandId', '');
      const facts = sendFacts(old.document_version);
      await ctx.authorize('ssm:SendCommand', documentArn(ctx, old.document_name), { tx, facts });
      const sent = await store.findContent(tx, oldKey, old.document_hash);
      if (sent === undefined) throw new Error(`the content of command ${old.command_id} is not there`);
      const { platformTypes } = JSON.parse(sent) as { platformTypes: readonly string[] };
      const nodes = input.InstanceIds === undefined ? undefined : await namedNodes(run, tx, ctx, oldKey, input, facts);
      const states = input.StatusDetails ?? NOT_SUCCESS;
      if (nodes === undefined && (await finalInvocations(tx, oldKey, states, old.epoch, undefined, 1)).nodeIds.length === 0)
        return ctx.fail('NothingToRerun', `No invocation of command ${old.command_id} is final and ${states.join(', or ')}.`);
      const made: CommandRow = {
        ...rerunRow(ctx, input, old),
        command_id: commandId,
        ...(nodes === undefined ? { rerun_states: JSON.stringify(states) } : { resolved: 1 }),
      };
      const invocations = (nodes ?? []).map((node) => newInvocation(key, made, node, platformState(platformTypes, node)));
      const pending = invocations.filter(({ state }) => state === 'Pending').length;
      const counted: CommandRow = { ...made, pending, unreached: invocations.length - pending };
      await store.changeCommand(tx, oldKey, [], { epoch: old.epoch + 1 });
      await store.insertCommand(tx, counted, sent);
      await store.insertInvocations(tx, invocations);
      const arns = (nodes ?? []).map((node) => nodeArn(ctx, node.nodeId));
      await ctx.journal(tx, [documentArn(ctx, old.document_name), ...arns]);
      return counted;
    });
    run.wakeups.wake(DISPATCHER, wakeKey(key));
    return { Command: progressView(row) };
  },
});

/** As the old command, with the caller's limits where given. The same time to live, from now on. Targets stay empty: see the README. */
function rerunRow(ctx: Context, input: RerunCommandRequest, old: CommandRow): CommandRow {
  return {
    account: old.account,
    region: old.region,
    command_id: '',
    document_name: old.document_name,
    document_version: old.document_version,
    document_hash: old.document_hash,
    comment: input.Comment ?? old.comment,
    parameters: old.parameters,
    agent_parameters: old.agent_parameters,
    instance_ids: JSON.stringify(input.InstanceIds ?? []),
    targets: '[]',
    requested_at: ctx.now.getTime(),
    expires_at: ctx.now.getTime() + old.expires_at - old.requested_at,
    timeout_seconds: old.timeout_seconds,
    max_concurrency: input.MaxConcurrency ?? old.max_concurrency,
    max_errors: input.MaxErrors ?? old.max_errors,
    requested_by: requesterText(ctx),
    ...justMade(ctx.now),
    rerun_of: old.command_id,
    rerun_epoch: old.epoch,
    alarms: old.alarms,
  };
}

/** Named nodes must have ended with the old command; StatusDetails beside them picks among them, else any end will do. */
async function namedNodes(
  run: RunCommand,
  tx: Tx,
  ctx: Context,
  oldKey: CommandKey,
  input: RerunCommandRequest,
  facts: ConditionFacts,
): Promise<NodeFacts[]> {
  const ids = [...new Set(input.InstanceIds ?? [])];
  const states: readonly FinalState[] = input.StatusDetails ?? FINAL_STATES;
  const rows = await store.lockInvocations(tx, oldKey, ids, run.database.dialect);
  const known = new Set(rows.map((row) => row.node_id));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0)
    return ctx.fail('InvalidInstanceId', `Instances [${missing.join(', ')}] are not targets of command ${oldKey.commandId}.`);
  const live = rows.filter((row) => !isFinal(row.state)).map((row) => row.node_id);
  if (live.length > 0)
    return ctx.fail('InvalidInstanceId', `Instances [${live.join(', ')}] have not ended yet: cancel them, or wait for them.`);
  const wanted = rows.filter((row) => isFinal(row.state) && states.includes(row.state)).map((row) => row.node_id as NodeId);
  const found = await run.nodes.findMany(tx, ctx, wanted);
  await ctx.authorize(
    'ssm:SendCommand',
    [...found.keys()].map((nodeId) => nodeArn(ctx, nodeId)),
    { tx, facts },
  );
  if (found.size === 0)
    return ctx.fail(
      'NothingToRerun',
      wanted.length === 0
        ? `None of the instances ended ${states.join(', or ')}.`
        : `Instances [${wanted.join(', ')}] are not registered any more.`,
    );
  return [...found.values()];
}
