// CancelCommand: all of a command, or some of its nodes. Best effort: what is final stays as it is.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import type { CommandId, NodeId } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';
import { cancelInFlight, closeInvocations } from '../apply.ts';
import { isCommandFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import { DISPATCHER, type RunCommand, wakeKey } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';

export default operation<SsmApi, RunCommand>()('ssm', 'CancelCommand', {
  action: 'ssm:CancelCommand',
  audit: 'write',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const nodeIds = (input.InstanceIds ?? []) as NodeId[];
    if (new Set(nodeIds).size < nodeIds.length) return ctx.fail('DuplicateInstanceId', '');
    await run.database.write('run-command.cancel', async (tx) => {
      const command = await store.lockCommand(tx, key, run.database.dialect);
      if (command === undefined) return ctx.fail('InvalidCommandId', '');
      if (!isCommandFinal(command.state)) {
        if (nodeIds.length > 0) {
          const known = await cancelNodes(run, tx, key, command, nodeIds, ctx.principal.arn);
          if (!known)
            return ctx.fail(
              'InvalidInstanceId',
              `Instances [${nodeIds.join(', ')}] are not all targets of command ${key.commandId}.`,
            );
        } else {
          const now = run.clock.nowMs();
          // Nobody is told yet: the dispatcher does it in chunks, however many there are.
          await store.changeCommand(tx, key, [], {
            cancel_requested: 1,
            cancel_spread: 0,
            cancelled_by: command.cancelled_by ?? ctx.principal.arn,
            state: 'Cancelling',
            due_at: now,
          });
        }
      }
      await ctx.journal(
        tx,
        nodeIds.map((nodeId) => nodeArn(ctx, nodeId)),
      );
    });
    run.wakeups.wake(DISPATCHER, wakeKey(key));
    return {};
  },
});

async function cancelNodes(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  command: CommandRow,
  nodeIds: readonly NodeId[],
  cancelledBy: string,
): Promise<boolean> {
  const rows = await store.lockInvocations(tx, key, nodeIds, run.database.dialect);
  if (rows.length < nodeIds.length) return false;
  const now = run.clock.now();
  const waiting = rows.filter((row) => row.state === 'Pending');
  await closeInvocations(run, tx, key, command, waiting, () => 'Cancelled', '', now, cancelledBy);
  const inFlight = rows.filter((row) => row.state === 'InProgress' || row.state === 'Delayed');
  await cancelInFlight(run, tx, key, command, inFlight, now, cancelledBy);
  return true;
}
