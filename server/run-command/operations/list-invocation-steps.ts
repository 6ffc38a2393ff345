// ListInvocationSteps: every step of the document on one node, also those that have not begun.
import { operation } from '../../platform/api/operation.ts';
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { CommandId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { CommandKey } from '../command.ts';
import { declaredSteps } from '../output/declared-steps.ts';
import type { RunCommand } from '../domain.ts';
import { listStreams } from '../output/output-store.ts';
import { stepView } from '../output/steps.ts';
import * as store from '../store.ts';

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'ListInvocationSteps', {
  action: 'muster:ListInvocationSteps',
  audit: 'read',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    return run.database.read(async (tx) => {
      const command = await store.findCommand(tx, key);
      if (command === undefined) return ctx.fail('InvalidCommandId', `There is no command ${input.CommandId}.`);
      const invocation = await store.findInvocation(tx, key, input.InstanceId);
      if (invocation === undefined)
        return ctx.fail('InvocationDoesNotExist', `Command ${input.CommandId} has no invocation on ${input.InstanceId}.`);
      const declared = await declaredSteps(tx, command);
      const steps = await store.listStepSizes(tx, key, input.InstanceId);
      const streams = invocation.streamed === 1 ? await listStreams(tx, key, [input.InstanceId]) : [];
      return {
        Steps: declared.map((step) =>
          stepView(
            step,
            invocation,
            steps.find((row) => row.step_name === step.name),
            streams.filter((row) => row.step_name === step.name),
            declared.length === 1,
          ),
        ),
      };
    });
  },
});
