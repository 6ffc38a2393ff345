// `--json`: one JSON object a line on standard output and nothing else there. The objects are documented in docs/command-line.md and
// only ever get new members.
import type { Screen } from '../terminal/screen.ts';
import type { CommandProgress } from './command-api.ts';
import type { CommandReport } from './report.ts';

export function jsonReport(screen: Screen): CommandReport {
  const write = (object: Readonly<Record<string, unknown>>): void => screen.printJson(object);
  let told = '';
  return {
    stopped: screen.outputGone,
    sent: (commandId, documentName) => write({ type: 'command', commandId, documentName }),
    progress(command) {
      const object = { type: 'progress', ...progressMembers(command) };
      const text = JSON.stringify(object);
      if (text !== told) screen.printJson(object);
      told = text;
    },
    state: (state) => write({ type: 'state', ...state }),
    output: ({ text, ...line }, computerName) => write({ type: 'output', ...line, computerName, text }),
    gap: (gap) => write({ type: 'gap', ...gap }),
    quiet: () => undefined,
    group: (group, computerNames) =>
      write({
        type: 'group',
        step: group.step,
        count: group.Count,
        status: group.Status,
        statusDetails: group.StatusDetails,
        responseCode: group.ResponseCode,
        outputSha256: group.OutputSha256,
        instanceIds: group.InstanceIds,
        computerNames: computerNames.map((name) => name ?? null),
        stdout: group.stdout,
        stderr: group.stderr,
      }),
    notice: (text) => screen.note(`muster: ${screen.err.safe(text)}`),
    ended: (command, exitCode) => write({ type: 'summary', ...progressMembers(command), exitCode }),
    settle: () => screen.settle(),
  };
}

/** Of a command, as `progress` and `summary` have it. */
export function progressMembers(command: CommandProgress): Record<string, unknown> {
  const counts = command.Counts ?? {};
  return {
    commandId: command.CommandId,
    status: command.Status,
    statusDetails: command.StatusDetails,
    paused: command.Paused ?? false,
    targetsResolved: command.TargetsResolved ?? true,
    targetCount: command.TargetCount ?? 0,
    counts: {
      pending: counts.Pending ?? 0,
      inFlight: counts.InFlight ?? 0,
      success: counts.Success ?? 0,
      failed: counts.Failed ?? 0,
      executionTimedOut: counts.ExecutionTimedOut ?? 0,
      deliveryTimedOut: counts.DeliveryTimedOut ?? 0,
      cancelled: counts.Cancelled ?? 0,
      terminated: counts.Terminated ?? 0,
      unreached: counts.Unreached ?? 0,
    },
  };
}
