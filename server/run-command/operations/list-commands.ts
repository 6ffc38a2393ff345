// ListCommands: the aggregate of each command, newest first.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { listCommands } from '../history/command-list-store.ts';
import type { RunCommand } from '../domain.ts';
import { commandFilter } from '../history/filters.ts';
import type { CommandFilter, Position } from '../history/history.ts';
import { commandView } from '../view.ts';

const PAGE_DEFAULT = 50;

export default operation<SsmApi, RunCommand>()('ssm', 'ListCommands', {
  action: 'ssm:ListCommands',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const filter: CommandFilter = {
      ...commandFilter(input.Filters ?? [], (code, message) => ctx.fail(code, message)),
      ...(input.CommandId === undefined ? {} : { commandId: input.CommandId }),
      ...(input.InstanceId === undefined ? {} : { nodeId: input.InstanceId }),
    };
    const after =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('ListCommands', ctx, input.NextToken) as unknown as Position);
    const { rows, next } = await run.database.read((tx) => listCommands(tx, ctx, filter, after, limit));
    if (rows.length === 0 && input.CommandId !== undefined && after === undefined) return ctx.fail('InvalidCommandId', '');
    return {
      Commands: rows.map(commandView),
      ...(next === undefined ? {} : { NextToken: run.pageTokens.encode('ListCommands', ctx, { ...next }) }),
    };
  },
});
