// GetCommandOutput: what a step wrote to one stream, from an offset on, also while it writes. Long polls end when something came.
import { operation } from '../../platform/api/operation.ts';
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import type { CommandId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { lookUntil } from '../changes.ts';
import type { CommandKey } from '../command.ts';
import { declaredSteps, noSuchStep, wantedStep } from '../output/declared-steps.ts';
import type { RunCommand } from '../domain.ts';
import { readOutput } from '../output/read.ts';
import * as store from '../store.ts';

const PAGE_BYTES_DEFAULT = 65_536;

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'GetCommandOutput', {
  action: 'muster:GetCommandOutput',
  audit: 'read',
  resources: (input, scope) => [nodeArn(scope, input.InstanceId)],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    const stream = input.Stream ?? 'stdout';
    const offset = input.Offset ?? 0;
    const stepName = await run.database.read(async (tx) => {
      const command = await store.findCommand(tx, key);
      if (command === undefined) return ctx.fail('InvalidCommandId', `There is no command ${input.CommandId}.`);
      const declared = await declaredSteps(tx, command);
      const step = wantedStep(declared, input.StepName);
      return step?.name ?? ctx.fail('InvalidPluginName', noSuchStep(declared, input.StepName));
    });
    const question = { stepName, stream, offset, bytesMax: input.MaxBytes ?? PAGE_BYTES_DEFAULT };
    const page = await lookUntil(
      run,
      key,
      { seconds: input.WaitSeconds ?? 0, signal: ctx.signal },
      () => readOutput(run, key, input.InstanceId, question),
      (seen) => seen === undefined || seen.complete || seen.nextOffset > offset,
    );
    if (page === undefined)
      return ctx.fail('InvocationDoesNotExist', `Command ${input.CommandId} has no invocation on ${input.InstanceId}.`);
    return {
      StepName: stepName,
      Stream: stream,
      Offset: offset,
      Data: page.data,
      NextOffset: page.nextOffset,
      ...(page.gap === undefined ? {} : { Gap: page.gap }),
      Complete: page.complete,
      Whole: page.whole,
      TotalBytes: page.totalBytes,
    };
  },
});
