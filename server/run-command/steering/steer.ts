// Changes a command that runs: one unit of work that locks its row, so that what the dispatcher does before the commit is done under
// the old settings and everything after it under the new ones. Doing the same twice changes nothing.
import type { RequestContext } from '../../platform/api/operation.ts';
import type { CommandId } from '../../platform/ids.ts';
import { isCommandFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import { DISPATCHER, type RunCommand, wakeKey } from '../domain.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';

type Context = RequestContext<'InvalidCommandId' | 'CommandEnded'>;

export async function steer(
  run: RunCommand,
  ctx: Context,
  commandId: string,
  change: (row: CommandRow, nowMs: number) => store.CommandChange,
): Promise<CommandRow> {
  const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: commandId as CommandId };
  const row = await run.database.write('run-command.steer', async (tx) => {
    const before = await store.lockCommand(tx, key, run.database.dialect);
    if (before === undefined) return ctx.fail('InvalidCommandId', '');
    if (isCommandFinal(before.state))
      return ctx.fail(
        'CommandEnded',
        `Command ${commandId} has ended: ${before.state}. What has ended stays as it is; RerunCommand runs its nodes again.`,
      );
    const nowMs = run.clock.nowMs();
    // Due now: should the process die before the wake-up, the next one looks at the command under its new settings.
    const changed = { ...change(before, nowMs), due_at: nowMs };
    await store.changeCommand(tx, key, [], changed);
    await ctx.journal(tx, []);
    return { ...before, ...changed };
  });
  run.wakeups.wake(DISPATCHER, wakeKey(key));
  return row;
}
