// Frames of a command as a server tells them, and `muster run` against a server that plays them.
import { RecordedServer, testHost } from '../people.fixture.ts';
import type { Frame } from '../people.fixture.ts';
import { runCommand } from './run.ts';

export const ID = '11111111-2222-3333-4444-555555555555';
export const SENT: Frame = { Command: { CommandId: ID, DocumentName: 'AWS-RunShellScript' } };
export const WHERE = ['--targets', 'tag:role=web'];

export const command = (Status: string, Counts: Record<string, number>, more: Record<string, unknown> = {}) => {
  const TargetCount = Object.values(Counts).reduce((sum, count) => sum + count, 0);
  return { CommandId: ID, Status, StatusDetails: Status, TargetsResolved: true, TargetCount, Counts, ...more };
};
export const output = (node: number, text: string, Offset = 0, Stream = 'stdout') => ({
  InstanceId: `mi-${node}`,
  ComputerName: `web-${node}`,
  StepName: 'run',
  Stream,
  Offset,
  Data: Buffer.from(text).toString('base64'),
});
export const state = (node: number, StatusDetails: string, ResponseCode = 0) => ({
  InstanceId: `mi-${node}`,
  ComputerName: `web-${node}`,
  StatusDetails,
  ResponseCode,
});
export const group = (Count: number, StandardOutput: string, more: Record<string, unknown> = {}) => ({
  Count,
  Status: 'Success',
  StatusDetails: 'Success',
  ResponseCode: 0,
  StandardOutput,
  StandardError: '',
  InstanceIds: Array.from({ length: Math.min(Count, 10) }, (_, index) => `mi-${index + 1}`),
  ...more,
});

export const TWO_NODES: Readonly<Record<string, readonly Frame[]>> = {
  'AmazonSSM.SendCommand': [SENT],
  'Muster.WatchCommand': [
    { Command: command('InProgress', { InFlight: 2 }), Events: [output(1, 'one\ntw'), output(2, 'one\ntwo\n')], Cursor: 'a' },
    // The second piece is told again with what followed it.
    {
      Command: command('InProgress', { InFlight: 2 }),
      Events: [output(1, 'two\n', 4), output(2, 'oops\n', 0, 'stderr')],
      Cursor: 'b',
    },
    {
      Command: command('Failed', { Success: 1, Failed: 1 }, { StatusDetails: 'Incomplete' }),
      Events: [state(1, 'Success'), state(2, 'Failed', 3)],
      Cursor: 'c',
      Final: true,
    },
  ],
  'Muster.ListInvocationGroups': [
    {
      Groups: [
        group(1, 'one\ntwo\n'),
        group(1, 'one\ntwo\n', {
          Status: 'Failed',
          StatusDetails: 'Failed',
          ResponseCode: 3,
          InstanceIds: ['mi-2'],
          StandardError: 'oops\n',
        }),
      ],
    },
  ],
};

export async function run(
  frames: Parameters<typeof RecordedServer.start>[0],
  argv: readonly string[],
  options: Parameters<typeof testHost>[1] = {},
) {
  await using server = await RecordedServer.start(frames);
  const host = testHost(server.environment, options);
  const code = await runCommand(argv, host);
  return { code, out: host.stdout.text, err: host.stderr.text, server };
}
