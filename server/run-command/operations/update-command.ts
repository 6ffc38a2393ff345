// UpdateCommand: other limits for a command that runs. A concurrency below what is in flight starts nothing until enough has ended; what
// was Terminated because of errors stays so when MaxErrors is raised afterwards.
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RunCommand } from '../domain.ts';
import { progressView } from '../progress.ts';
import { steer } from '../steering/steer.ts';

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'UpdateCommand', {
  action: 'muster:UpdateCommand',
  audit: 'write',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    if (input.MaxConcurrency === undefined && input.MaxErrors === undefined)
      return ctx.fail('ValidationException', 'Nothing to change: give MaxConcurrency, MaxErrors, or both.');
    const row = await steer(run, ctx, input.CommandId, () => ({
      ...(input.MaxConcurrency === undefined ? {} : { max_concurrency: input.MaxConcurrency }),
      ...(input.MaxErrors === undefined ? {} : { max_errors: input.MaxErrors }),
    }));
    return { Command: progressView(row) };
  },
});
