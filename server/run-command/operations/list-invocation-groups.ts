// ListInvocationGroups: nodes with the same status, exit code and whole output as one row with a count. What runs still changes the groups, so
// pages taken while a command runs may show a node twice or not at all.
import { operation } from '../../platform/api/operation.ts';
import type { InvocationGroup, MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { CommandId } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { invocationStatus } from '../command.ts';
import type { CommandKey } from '../command.ts';
import { declaredSteps, noSuchStep, wantedStep } from '../output/declared-steps.ts';
import type { RunCommand } from '../domain.ts';
import { findSample, type GroupPosition, type GroupRow, groupsQuery } from '../output/group-store.ts';
import * as store from '../store.ts';

const PAGE_DEFAULT = 50;
/** Of each stream, as in AWS's lists. */
const SAMPLE_CHARACTERS = 2_500;

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'ListInvocationGroups', {
  action: 'muster:ListInvocationGroups',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const stepName = await run.database.read(async (tx) => {
      const command = await store.findCommand(tx, key);
      if (command === undefined) return ctx.fail('InvalidCommandId', `There is no command ${input.CommandId}.`);
      const declared = await declaredSteps(tx, command);
      const step = wantedStep(declared, input.StepName);
      return step?.name ?? ctx.fail('InvalidPluginName', noSuchStep(declared, input.StepName));
    });
    const limit = input.MaxResults ?? PAGE_DEFAULT;
    const after =
      input.NextToken === undefined
        ? undefined
        : (run.pageTokens.decode('ListInvocationGroups', ctx, input.NextToken) as unknown as GroupPosition);
    const rows = await run.database.scan(groupsQuery(run.database, key, stepName, after, limit + 1));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const Groups = await run.database.read(async (tx) => {
      const groups: InvocationGroup[] = [];
      for (const row of page) groups.push(await groupView(tx, key, row, stepName));
      return groups;
    });
    return {
      Groups,
      ...(rows.length > limit && last !== undefined
        ? { NextToken: run.pageTokens.encode('ListInvocationGroups', ctx, { count: last.count, node: last.first_node }) }
        : {}),
    };
  },
});

async function groupView(tx: ReadTx, key: CommandKey, row: GroupRow, stepName: string): Promise<InvocationGroup> {
  const sample = row.code === null ? undefined : await findSample(tx, key, row.first_node, stepName, SAMPLE_CHARACTERS);
  return {
    Count: row.count,
    Status: invocationStatus(row.state),
    StatusDetails: row.state,
    ...(row.code === null ? {} : { ResponseCode: row.code }),
    ...(row.output_hash === null ? {} : { OutputSha256: row.output_hash }),
    ...(sample === undefined ? {} : { StandardOutput: sample.stdout, StandardError: sample.stderr }),
    InstanceIds: row.nodes.split(',').toSorted(),
  };
}
