// A command that was just sent, from its id to the exit code: lines as they come, equal results grouped, a summary.
import { failureInWords, isServerFailure } from '../server-session.ts';
import type { ServerSession } from '../server-session.ts';
import type { CommandProgress } from './command-api.ts';
import { followCommand } from './follow.ts';
import { GROUPS_SHOWN_MAX, reportGroups } from './groups.ts';
import { watchInterrupts } from './interrupts.ts';
import { jsonReport } from './json-report.ts';
import { NodeLabels } from './node-labels.ts';
import { EXIT, exitCodeOf } from './outcome.ts';
import type { CommandReport, ReportedGroup } from './report.ts';
import { textReport } from './text-report.ts';

export interface Showing {
  readonly json: boolean;
  /** Results grouped and no lines; lines and no groups; undefined: what suits the number of nodes. */
  readonly group: boolean | undefined;
}

/** Undefined: both were given. */
export function readGroup(values: { readonly group?: boolean | undefined; readonly 'no-group'?: boolean | undefined }) {
  if (values['no-group'] === true) return false;
  return values.group;
}

export async function followToEnd(
  session: ServerSession,
  command: { readonly commandId: string; readonly documentName: string },
  showing: Showing,
): Promise<number> {
  const { commands: api, screen, host } = session;
  const { clock } = host;
  const labels = new NodeLabels();
  const interest = { shown: true };
  const report = showing.json
    ? jsonReport(screen)
    : textReport({ screen, clock, labels, showsOutput: (group) => isWorthShowing(group, interest.shown, screen.out.isTerminal) });
  report.sent(command.commandId, command.documentName);
  const { commandId } = command;
  const interrupts = watchInterrupts({ host, clock, api, commandId, notice: (text) => report.notice(text) });
  const signal = AbortSignal.any([interrupts.left, report.stopped]);
  try {
    const show = linesOf(showing);
    const followed = await followCommand({ api, clock, commandId, report, labels, show, wait: true, signal });
    if (followed === undefined) return EXIT.interrupted;
    // What has ended cannot be cancelled: from here on Ctrl-C ends this program.
    interrupts.close();
    interest.shown = followed.shown;
    if (wantsGroups(showing, followed.command, followed.shown)) {
      screen.showBar(undefined);
      await reportGroups({ api, client: session.client, commandId, labels, report, groupsMax: GROUPS_SHOWN_MAX });
    }
    return end(report, followed.command, interrupts.cancelled);
  } catch (error) {
    if (!isServerFailure(error)) throw error;
    screen.showBar(undefined);
    report.notice(failureInWords(error, session.endpoint));
    report.notice(`what becomes of the command is not known here: muster logs ${commandId} --follow`);
    return EXIT.unknown;
  } finally {
    interrupts.close();
  }
}

function end(report: CommandReport, command: CommandProgress, cancelled: boolean): number {
  const exitCode = cancelled ? EXIT.interrupted : exitCodeOf(command);
  report.ended(command, exitCode);
  return exitCode;
}

/** Programs get the same kind of lines whatever the number of nodes. */
function linesOf({ json, group }: Showing): 'lines' | 'nothing' | 'auto' {
  if (group === true) return 'nothing';
  return group === false || json ? 'lines' : 'auto';
}

function wantsGroups({ json, group }: Showing, command: CommandProgress, shown: boolean): boolean {
  if (group !== undefined) return group;
  return !json && (!shown || (command.TargetCount ?? 0) > 1);
}

/** Whoever has read the lines need not read them again, unless several nodes said the same: that is what a group is for. */
function isWorthShowing(group: ReportedGroup, shown: boolean, isTerminal: boolean): boolean {
  return !shown || (isTerminal && group.Count > 1);
}
