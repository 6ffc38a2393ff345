// ExplainInvocation: why a node was not targeted, waits, was not reached, or how it ended, in words. Gathers the facts; explain.ts decides.
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { NodeTarget } from '../../nodes/index.ts';
import { UNFINISHED_COMMANDS_MAX } from '../../platform/channels/limits.ts';
import type { CommandId, NodeId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { explain, type ExplainFacts } from '../steering/explain.ts';
import type { SentDocument } from '../sending/resolve-targets.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';

/** The API's bound of a text. */
const SENTENCE_LENGTH_MAX = 4_096;

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'ExplainInvocation', {
  action: 'muster:ExplainInvocation',
  audit: 'read',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const explanation = await run.database.read(async (tx) => {
      const command = await store.findCommand(tx, key);
      if (command === undefined) return ctx.fail('InvalidCommandId', '');
      return explain(await gather(run, tx, key, command, input.InstanceId as NodeId));
    });
    return {
      Verdict: explanation.verdict,
      Summary: explanation.summary.slice(0, SENTENCE_LENGTH_MAX),
      Reasons: explanation.reasons.map((reason) => reason.slice(0, SENTENCE_LENGTH_MAX)),
    };
  },
});

async function gather(run: RunCommand, tx: ReadTx, key: CommandKey, command: CommandRow, nodeId: NodeId): Promise<ExplainFacts> {
  const old = command.rerun_of === null ? undefined : { ...key, commandId: command.rerun_of as CommandId };
  const content = await store.findContent(tx, key, command.document_hash);
  const live = await store.liveInvocationsOfNode(tx, key, nodeId, ['InProgress', 'Cancelling'], UNFINISHED_COMMANDS_MAX + 1);
  return {
    command,
    invocation: await store.findInvocation(tx, key, nodeId),
    standing: await run.nodes.standing(tx, key, nodeId, JSON.parse(command.targets) as NodeTarget[]),
    connected: run.presence.isConnected(key, nodeId),
    before: old === undefined ? undefined : await store.findInvocation(tx, old, nodeId),
    unfinished: live.filter((row) => row.delivered_at !== null && row.command_id !== key.commandId).length,
    unfinishedMax: UNFINISHED_COMMANDS_MAX,
    steps: await store.listSteps(tx, key, [nodeId]),
    platformTypes: content === undefined ? [] : (JSON.parse(content) as SentDocument).platformTypes,
  };
}
