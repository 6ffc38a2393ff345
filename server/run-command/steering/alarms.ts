// Alarms of a command as its row keeps them. Pure.
import type { AlarmConfiguration, AlarmStateInformation } from '../../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { RunCommand } from '../domain.ts';

/** What the command's row keeps; null without alarms. */
export function alarmsOf(
  run: RunCommand,
  ctx: Pick<RequestContext<never>, 'fail'>,
  given: AlarmConfiguration | undefined,
): string | null {
  if (given === undefined) return null;
  if (run.alarms === undefined)
    return ctx.fail(
      'ValidationException',
      'AlarmConfiguration is not supported yet: this server has no alarms. Leave it out; PauseCommand and CancelCommand hold a command.',
    );
  return JSON.stringify(given);
}

export function parseAlarms(text: string | null | undefined): AlarmConfiguration | undefined {
  return text === null || text === undefined ? undefined : (JSON.parse(text) as AlarmConfiguration);
}

export function parseTriggeredAlarms(text: string | null): AlarmStateInformation[] {
  return text === null ? [] : (JSON.parse(text) as AlarmStateInformation[]);
}
