// ListCommands: the aggregate of each command, newest first.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import type { RunCommand } from '../domain.ts';
import { commandFilter } from '../filters.ts';
import * as store from '../store.ts';
import { commandView } from '../view.ts';

const PAGE_DEFAULT = 50;

export default operation<SsmApi, RunCommand>()('ssm', 'ListCommands', {
  action: 'ssm:ListCommands',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const filter: store.CommandFilter = {
      ...commandFilter(input.Filters ?? [], (code, message) => ctx.fail(code, message)),
      ...(input.CommandId === undefined ? {} : { commandId: input.CommandId }),
      ...(input.InstanceId === undefined ? {} : { nodeId: input.InstanceId }),
    };
    const after =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('ListCommands', ctx, input.NextToken) as unknown as store.Position);
    const rows = await run.database.read((tx) => store.listCommands(tx, ctx, filter, after, limit + 1));
    if (rows.length === 0 && input.CommandId !== undefined && after === undefined) return ctx.fail('InvalidCommandId', '');
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const more = rows.length > limit && last !== undefined;
    return {
      Commands: page.map(commandView),
      ...(more
        ? {
            NextToken: run.pageTokens.encode('ListCommands', ctx, {
              at: last.requested_at,
              commandId: last.command_id,
              nodeId: '',
            }),
          }
        : {}),
    };
  },
});
