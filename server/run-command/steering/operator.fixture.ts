// What tests of the extension operations do as an operator: send to the nodes tagged role=web, steer, and let scripts end.
import assert from 'node:assert/strict';
import type { Simulation } from '@muster/testkit/simulation.ts';

/** How long a script takes. Simulated nodes send no pings: after two minutes of silence they are taken for dead. */
export const SCRIPT_MS = 10_000;
/** Time for letters, acknowledgements and replies to go to and fro. */
export const ROUND_TRIP_MS = 2_000;

export interface Progress {
  readonly CommandId: string;
  readonly StatusDetails: string;
  readonly Paused: boolean;
  readonly PausedBy?: string;
  readonly PausedReason?: string;
  readonly PausedDateTime?: number;
  readonly MaxConcurrency: string;
  readonly FinishedDateTime?: number;
  readonly TargetCount: number;
  readonly RerunOf?: string;
  readonly Counts: Readonly<Record<string, number>>;
  readonly Holding?: string;
}

type Input = Readonly<Record<string, unknown>>;

export function operatorOf(simulation: () => Simulation) {
  const ok = async (service: string, operation: string, input: Input): Promise<Record<string, unknown>> => {
    const { status, body } = await simulation().callOf(service, operation, input);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const muster = async (operation: string, CommandId: string, input: Input = {}): Promise<Progress> =>
    (await ok('muster', operation, { CommandId, ...input }))['Command'] as Progress;
  const describeCommand = (commandId: string): Promise<Progress> => muster('DescribeCommand', commandId);
  return {
    ok,
    muster,
    describeCommand,
    /** To all nodes tagged role=web, two at a time. Answers the id when the first nodes have begun. */
    async send(input: Input = {}): Promise<string> {
      const { Command } = await ok('ssm', 'SendCommand', {
        DocumentName: 'AWS-RunShellScript',
        Parameters: { commands: ['true'] },
        ...(input['InstanceIds'] === undefined ? { Targets: [{ Key: 'tag:role', Values: ['web'] }] } : {}),
        MaxConcurrency: '2',
        ...input,
      });
      await simulation().clock.advance(ROUND_TRIP_MS);
      return (Command as { CommandId: string }).CommandId;
    },
    /** Lets scripts end, until the command has or nothing of it moves for two scripts' time. */
    async letEnd(commandId: string): Promise<Progress> {
      for (let before = ''; ;) {
        await simulation().clock.advance(2 * SCRIPT_MS);
        const progress = await describeCommand(commandId);
        const counts = JSON.stringify(progress.Counts);
        if (progress.FinishedDateTime !== undefined || counts === before) return progress;
        before = counts;
      }
    },
    /** The error's code and sentence. */
    async refusal(operation: string, input: Input): Promise<string> {
      const { status, body } = await simulation().callOf('muster', operation, input);
      assert.equal(status, 400, JSON.stringify(body));
      return JSON.stringify(body);
    },
    /** As ListCommands shows it. */
    async aws(CommandId: string): Promise<Record<string, unknown>> {
      const { Commands } = await ok('ssm', 'ListCommands', { CommandId });
      return (Commands as Record<string, unknown>[])[0] ?? {};
    },
    /** Node id -> StatusDetails. */
    async invocations(CommandId: string): Promise<Map<string, string>> {
      const { CommandInvocations } = await ok('ssm', 'ListCommandInvocations', { CommandId });
      const rows = CommandInvocations as { InstanceId: string; StatusDetails: string }[];
      return new Map(rows.map((row) => [row.InstanceId, row.StatusDetails]));
    },
  };
}
