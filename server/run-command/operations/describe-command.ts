// DescribeCommand: how far a command is, whether it is paused, and what holds it.
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { CommandId } from '../../platform/ids.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { progressView } from '../progress.ts';
import * as store from '../store.ts';

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'DescribeCommand', {
  action: 'muster:DescribeCommand',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const row = await run.database.read((tx) => store.findCommand(tx, key));
    return row === undefined ? ctx.fail('InvalidCommandId', '') : { Command: progressView(row) };
  },
});
