// What people see: lines of nodes with the node's name before them (what nodes wrote to standard error goes to standard error), the
// bar, how nodes ended that did not succeed, groups of equal results, and the summary. Everything that is not output of a node goes
// to standard error.
import type { Clock } from '../clock.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import type { Screen } from '../terminal/screen.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import type { NodeLabels } from './node-labels.ts';
import { progressOf, summaryLine } from './outcome.ts';
import type { CommandReport, ReportedGroup } from './report.ts';

export interface TextReportOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly labels: NodeLabels;
  /** Without names before the lines: there is one node. */
  readonly bare?: boolean;
  /** Which groups show what they said; the others only how they ended. */
  readonly showsOutput: (group: ReportedGroup) => boolean;
}

/** Of a group, as many names as a line holds. */
const NAMES_MAX = 8;
const QUIET_STATES = new Set(['Pending', 'InProgress', 'Success', 'Cancelling']);

export function textReport({ screen, clock, labels, bare = false, showsOutput }: TextReportOptions): CommandReport {
  const startedAt = clock.elapsedMs();
  const prefix = (instanceId: string, side: 'out' | 'err'): string => {
    if (bare) return '';
    const label = labels.of(instanceId);
    return side === 'out' ? screen.out.palette.named(`${label}: `) : screen.err.palette.bad(`${label}: `);
  };
  return {
    stopped: screen.outputGone,
    sent: (commandId, documentName) => screen.note(screen.err.palette.faint(`command ${commandId} (${plainName(documentName)})`)),
    progress(command) {
      screen.showBar((columns) => progressBar(progressOf(command, clock.elapsedMs() - startedAt), columns, screen.err.palette));
    },
    state({ instanceId, statusDetails, responseCode }) {
      if (QUIET_STATES.has(statusDetails)) return;
      screen.note(prefix(instanceId, 'err') + stateInWords(statusDetails, responseCode));
    },
    output(line) {
      if (line.stream === 'stdout') screen.print(prefix(line.instanceId, 'out') + screen.out.safe(line.text));
      else screen.note(prefix(line.instanceId, 'err') + screen.err.safe(line.text));
    },
    gap({ instanceId, stream, missingBytes }) {
      screen.note(`${prefix(instanceId, 'err')}(${missingBytes} bytes of ${stream} are not here: muster logs has what is kept)`);
    },
    quiet(targetCount) {
      screen.note(
        screen.err.palette.faint(`${targetCount} nodes: results come grouped at the end (--no-group: lines as they come)`),
      );
    },
    group(group) {
      printGroup(screen, labels, group, showsOutput(group));
    },
    notice: (text) => screen.note(`muster: ${screen.err.safe(text)}`),
    ended(command, exitCode) {
      screen.showBar(undefined);
      const paint = exitCode === 0 ? screen.err.palette.good : screen.err.palette.bad;
      screen.note(paint(summaryLine(command, clock.elapsedMs() - startedAt)));
    },
    settle: () => screen.settle(),
  };
}

/** With output it is a result, and goes where results go; a head alone is a remark. */
function printGroup(screen: Screen, labels: NodeLabels, group: ReportedGroup, withOutput: boolean): void {
  const { palette } = withOutput ? screen.out : screen.err;
  const nodes = `${group.Count} ${group.Count === 1 ? 'node' : 'nodes'} (${namesOf(group, labels)})`;
  const end = stateInWords(group.StatusDetails, group.ResponseCode);
  const step = group.step === undefined ? '' : ` ${plainName(group.step)}:`;
  const head = `${palette.strong(nodes)}${step} ${(group.Status === 'Success' ? palette.good : palette.bad)(end)}`;
  if (!withOutput) {
    screen.note(head);
    return;
  }
  screen.print(head);
  for (const [text, mark] of [
    [group.stdout, '  '],
    [group.stderr, palette.bad('! ')],
  ] as const) {
    if (text === '') continue;
    const lines = screen.out.safe(text).replace(/\n$/, '').split('\n');
    for (const line of lines) screen.print(mark + line);
  }
}

function namesOf(group: ReportedGroup, labels: NodeLabels): string {
  const names = group.InstanceIds.slice(0, NAMES_MAX).map((instanceId) => labels.of(instanceId));
  const more = group.Count - names.length;
  return names.join(', ') + (more > 0 ? `, and ${more} more` : '');
}

export function stateInWords(statusDetails: string, responseCode: number | undefined): string {
  switch (statusDetails) {
    case 'Success':
      return `exit ${responseCode ?? 0}`;
    case 'Failed':
      return responseCode === undefined || responseCode < 0 ? 'failed' : `exit ${responseCode}`;
    case 'ExecutionTimedOut':
      return 'timed out while it ran';
    case 'DeliveryTimedOut':
      return 'not delivered in time';
    case 'Delayed':
      return 'is not connected; it runs when it is';
    case 'Terminated':
      return 'not started: too many others had failed';
    case 'Undeliverable':
      return 'not delivered: the node is gone';
    case 'InvalidPlatform':
      return 'not sent: the document is not for its platform';
    case 'AccessDenied':
      return 'not sent: you may not command it';
    case 'Cancelled':
      return 'cancelled';
    default:
      return plainName(statusDetails);
  }
}
