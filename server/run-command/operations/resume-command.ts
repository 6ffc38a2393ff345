// ResumeCommand: a paused command goes on. Who had paused it stays in its row.
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RunCommand } from '../domain.ts';
import { progressView } from '../progress.ts';
import { steer } from '../steering/steer.ts';

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'ResumeCommand', {
  action: 'muster:ResumeCommand',
  audit: 'write',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    return { Command: progressView(await steer(run, ctx, input.CommandId, () => ({ paused: 0 }))) };
  },
});
