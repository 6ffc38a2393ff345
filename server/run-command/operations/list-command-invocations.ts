// ListCommandInvocations: one row a node. With Details the steps come along, with at most 2,500 characters of output each.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import type { CommandId, Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { RunCommand } from '../domain.ts';
import { invocationFilter } from '../filters.ts';
import * as store from '../store.ts';
import type { InvocationRow } from '../tables.ts';
import { invocationView } from '../view.ts';

const PAGE_DEFAULT = 50;

export default operation<SsmApi, RunCommand>()('ssm', 'ListCommandInvocations', {
  action: 'ssm:ListCommandInvocations',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const filter: store.InvocationFilter = {
      ...invocationFilter(input.Filters ?? [], (code, message) => ctx.fail(code, message)),
      ...(input.CommandId === undefined ? {} : { commandId: input.CommandId }),
      ...(input.InstanceId === undefined ? {} : { nodeId: input.InstanceId }),
    };
    const after =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('ListCommandInvocations', ctx, input.NextToken) as unknown as store.Position);
    return run.database.read(async (tx) => {
      const rows = await store.listInvocations(tx, ctx, filter, after, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      const position =
        last === undefined ? undefined : { at: last.requested_at, commandId: last.command_id, nodeId: last.node_id };
      return {
        CommandInvocations: await views(tx, ctx, page, input.Details === true),
        ...(more && position !== undefined ? { NextToken: run.pageTokens.encode('ListCommandInvocations', ctx, position) } : {}),
      };
    });
  },
});

async function views(tx: ReadTx, scope: Scope, page: readonly InvocationRow[], details: boolean) {
  const result = [];
  // In page order: a page of one command (the usual case) is one group.
  for (const [commandId, rows] of Map.groupBy(page, (row) => row.command_id)) {
    const key: store.CommandKey = { account: scope.account, region: scope.region, commandId: commandId as CommandId };
    const command = await store.findCommand(tx, key);
    if (command === undefined) continue;
    const steps = details
      ? await store.listSteps(
          tx,
          key,
          rows.map((row) => row.node_id),
        )
      : [];
    for (const row of rows) {
      result.push(
        invocationView(
          row,
          command,
          steps.filter((step) => step.node_id === row.node_id),
        ),
      );
    }
  }
  return result;
}
