// ListCommandInvocations: one row a node. With Details the steps come along, with at most 2,500 characters of output each.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import type { CommandId, Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { findCommands } from '../history/command-list-store.ts';
import { invocationFilter } from '../history/filters.ts';
import type { InvocationFilter, Position } from '../history/history.ts';
import { listInvocations } from '../history/invocation-list-store.ts';
import * as store from '../store.ts';
import { declaredSteps } from '../output/declared-steps.ts';
import type { CommandRow, InvocationRow } from '../tables.ts';
import { invocationView } from '../view.ts';

const PAGE_DEFAULT = 50;

export default operation<SsmApi, RunCommand>()('ssm', 'ListCommandInvocations', {
  action: 'ssm:ListCommandInvocations',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const filter: InvocationFilter = {
      ...invocationFilter(input.Filters ?? [], (code, message) => ctx.fail(code, message)),
      ...(input.CommandId === undefined ? {} : { commandId: input.CommandId }),
      ...(input.InstanceId === undefined ? {} : { nodeId: input.InstanceId }),
    };
    const after =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('ListCommandInvocations', ctx, input.NextToken) as unknown as Position);
    return run.database.read(async (tx) => {
      const { rows, next } = await listInvocations(tx, ctx, filter, after, limit);
      return {
        CommandInvocations: await views(tx, ctx, rows, input.Details === true),
        ...(next === undefined ? {} : { NextToken: run.pageTokens.encode('ListCommandInvocations', ctx, { ...next }) }),
      };
    });
  },
});

async function views(tx: ReadTx, scope: Scope, page: readonly InvocationRow[], details: boolean) {
  const result = [];
  const commandIds = [...new Set(page.map((row) => row.command_id))];
  const commands = new Map((await findCommands(tx, scope, commandIds)).map((row) => [row.command_id, row]));
  // In page order: a page of one command (the usual case) is one group.
  for (const [commandId, rows] of Map.groupBy(page, (row) => row.command_id)) {
    const key: CommandKey = { account: scope.account, region: scope.region, commandId: commandId as CommandId };
    const command = commands.get(commandId);
    if (command === undefined) continue;
    const steps = details ? await stepsInOrder(tx, key, command, rows) : [];
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

/** In the order of the document, as AWS lists them; the table has them by name. */
async function stepsInOrder(
  tx: ReadTx,
  key: CommandKey,
  command: CommandRow,
  rows: readonly InvocationRow[],
): Promise<readonly store.StepSummary[]> {
  const nodeIds = rows.map((row) => row.node_id);
  const steps = await store.listSteps(tx, key, nodeIds);
  if (steps.length <= nodeIds.length) return steps;
  const places = new Map((await declaredSteps(tx, command)).map(({ name }, index) => [name, index]));
  return steps.toSorted((a, b) => (places.get(a.step_name) ?? places.size) - (places.get(b.step_name) ?? places.size));
}
