// Alarms that stop a command: they are asked for their state before anything is sent. One that went off, or whose state cannot be read
// (unless IgnorePollAlarmFailure; AWS calls that state UNKNOWN), ends the sending; what was sent goes on.
import type { AlarmStateInformation } from '../../platform/api/models/ssm.types.gen.ts';
import type { CommandKey } from '../command.ts';
import { parseAlarms } from './alarms.ts';
import type { RunCommand } from '../domain.ts';
import * as store from '../store.ts';

/** Asks, outside of every unit of work, and notes what went off. True when sending may go on. */
export async function mayGoOn(run: RunCommand, key: CommandKey): Promise<boolean> {
  const row = await run.database.read((tx) => store.findCommand(tx, key));
  const configuration = parseAlarms(row?.alarms);
  if (configuration === undefined) return true;
  const triggered: AlarmStateInformation[] = [];
  for (const { Name: name } of configuration.Alarms) {
    const state = await readState(run, key, name);
    if (state === 'ALARM') triggered.push({ Name: name, State: 'ALARM' });
    else if (state === undefined && configuration.IgnorePollAlarmFailure !== true)
      triggered.push({ Name: name, State: 'UNKNOWN' });
  }
  if (triggered.length === 0) return true;
  await run.database.write('run-command.alarm', async (tx) => {
    // It may have ended meanwhile: then it stays as it is.
    const locked = await store.lockCommand(tx, key, run.database.dialect);
    if (locked === undefined || locked.due_at === null) return;
    await store.changeCommand(tx, key, [], { triggered_alarms: JSON.stringify(triggered), due_at: run.clock.nowMs() });
  });
  return false;
}

async function readState(run: RunCommand, key: CommandKey, name: string): Promise<string | undefined> {
  try {
    return await run.alarms?.stateOf({ account: key.account, region: key.region }, name);
  } catch (error) {
    run.log.warn('the state of an alarm could not be read', { commandId: key.commandId, alarm: name, error: String(error) });
    return undefined;
  }
}
