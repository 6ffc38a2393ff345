// PauseCommand: nothing new is sent until ResumeCommand. What was sent goes on, targets are still found, and ExpiresAfter holds. A
// command that is paused already stays paused by whom it was.
import type { MusterRunCommandApi } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RunCommand } from '../domain.ts';
import { progressView } from '../progress.ts';
import { steer } from '../steering/steer.ts';

export default operation<MusterRunCommandApi, RunCommand>()('muster', 'PauseCommand', {
  action: 'muster:PauseCommand',
  audit: 'write',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const row = await steer(run, ctx, input.CommandId, ({ paused }, nowMs) =>
      paused === 1 ? {} : { paused: 1, paused_at: nowMs, paused_by: ctx.principal.arn, paused_reason: input.Reason ?? null },
    );
    return { Command: progressView(row) };
  },
});
