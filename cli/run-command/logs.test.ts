// `muster logs` and `muster commands` against a server of the test that answers with recorded frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordedServer, testHost } from '../people.fixture.ts';
import type { Host } from '../host.ts';
import { UsageError } from '../usage-error.ts';
import { commandsCommand } from './commands.ts';
import { logsCommand } from './logs.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const NODE = 'mi-0123456789abcdef0';
const COMMAND = {
  CommandId: ID,
  DocumentName: 'AWS-RunShellScript',
  Status: 'InProgress',
  StatusDetails: 'InProgress',
  Paused: true,
  TargetsResolved: true,
  TargetCount: 3,
  Counts: { Success: 1, Pending: 2 },
  MaxConcurrency: '1',
  MaxErrors: '0',
  RequestedDateTime: 1_700_000_000,
  ExpiresAfter: 1_700_003_600,
  Holding: 'The command is paused: nothing new is started until ResumeCommand.',
};

async function people(
  act: (argv: readonly string[], host: Host) => Promise<number>,
  frames: Parameters<typeof RecordedServer.start>[0],
  argv: readonly string[],
  terminal = false,
) {
  await using server = await RecordedServer.start(frames);
  const host = testHost(server.environment, { terminal });
  const code = await act(argv, host);
  return { code, out: host.stdout.text, err: host.stderr.text, server };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const KEPT = {
  'Muster.ListInvocationSteps': [{ Steps: [{ StepName: 'one' }, { StepName: 'two' }] }],
  'Muster.GetCommandOutput': (input: Readonly<Record<string, unknown>>) => {
    const isError = input['Stream'] === 'stderr';
    if (input['Offset'] === 0 && !isError && input['StepName'] === 'one') {
      return { Data: base64('a\x1b[2J1\n'), NextOffset: 100, Gap: '93 bytes were not kept', Complete: false };
    }
    if (input['Offset'] === 100) return { Offset: 100, Data: base64('end'), NextOffset: 103, Complete: true };
    return { Data: base64(isError ? '' : 'b1\nb2\n'), NextOffset: isError ? 0 : 6, Complete: true };
  },
};

test('one node is written as it is where no terminal reads it, and what was not kept is said', async () => {
  const { code, out, err } = await people(logsCommand, KEPT, [ID, NODE]);
  assert.deepEqual([code, out, err], [0, 'a\x1b[2J1\nendb1\nb2\n', 'muster: 93 bytes were not kept\n']);
});

test('at a terminal it is made safe, and --tail and --step choose', async () => {
  assert.equal((await people(logsCommand, KEPT, [ID, NODE], true)).out, 'a1\nend\nb1\nb2\n');
  assert.equal((await people(logsCommand, KEPT, [ID, NODE, '--tail', '1'], true)).out, 'b2\n');
  assert.equal((await people(logsCommand, KEPT, [ID, NODE, '--step', 'two', '--stream', 'stdout'])).out, 'b1\nb2\n');
});

test('what there is by now is shown without waiting for more', async () => {
  const event = {
    InstanceId: NODE,
    ComputerName: 'web-1',
    StepName: 'one',
    Stream: 'stdout',
    Offset: 0,
    Data: base64('begun\nand'),
  };
  const frames = {
    'Muster.WatchCommand': [
      { Command: COMMAND, Events: [event], Cursor: 'a' },
      { Command: COMMAND, Events: [], Cursor: 'a' },
    ],
  };
  const { out, server } = await people(logsCommand, frames, [ID]);
  assert.equal(out, 'web-1: begun\nweb-1: and\n');
  assert.deepEqual(
    server.callsOf('Muster.WatchCommand').map(({ WaitSeconds }) => WaitSeconds),
    [0, 0],
  );
});

test('--follow waits until the command has ended, and says how', async () => {
  const ended = { ...COMMAND, Status: 'Success', StatusDetails: 'Success', Paused: false, Counts: { Success: 3 } };
  const { code, err, server } = await people(
    logsCommand,
    {
      'Muster.WatchCommand': [
        { Command: COMMAND, Events: [], Cursor: 'a' },
        { Command: ended, Events: [], Final: true },
      ],
    },
    [ID, NODE, '--follow'],
  );
  assert.equal(code, 0);
  assert.match(err, /^Success: 3 ok of 3 nodes/);
  assert.deepEqual(server.callsOf('Muster.WatchCommand')[0], { CommandId: ID, InstanceIds: [NODE], WaitSeconds: 20 });
});

test('a command is described with what holds it', async () => {
  const { out } = await people(commandsCommand, { 'Muster.DescribeCommand': [{ Command: COMMAND }] }, ['describe', ID]);
  assert.match(out, /^Status {4}InProgress \(paused\)$/m);
  assert.match(out, /^Of these {2}1 ok, 2 waiting$/m);
  assert.match(out, /^Ends by {3}2023-11-14 23:13:20Z$/m);
  assert.match(out, /^Held {6}The command is paused/m);
});

test('each action makes the call that it is named after', async () => {
  const described = [{ Command: COMMAND }];
  for (const [argv, target, input] of [
    [['pause', ID, '--reason', 'night'], 'Muster.PauseCommand', { CommandId: ID, Reason: 'night' }],
    [['resume', ID], 'Muster.ResumeCommand', { CommandId: ID }],
    [['update', ID, '--max-concurrency', '5'], 'Muster.UpdateCommand', { CommandId: ID, MaxConcurrency: '5' }],
    [
      ['rerun', ID, '--status', 'Failed,Cancelled', '--node', NODE, '--no-wait'],
      'Muster.RerunCommand',
      { CommandId: ID, StatusDetails: ['Failed', 'Cancelled'], InstanceIds: [NODE] },
    ],
    [['cancel', ID, '--node', NODE], 'AmazonSSM.CancelCommand', { CommandId: ID, InstanceIds: [NODE] }],
    [['explain', ID, NODE], 'Muster.ExplainInvocation', { CommandId: ID, InstanceId: NODE }],
  ] as const) {
    const explained = [{ Verdict: 'NotTargeted', Summary: 'It has no tag role.', Reasons: [] }];
    const frames = {
      [target]: target === 'Muster.ExplainInvocation' ? explained : described,
      'Muster.DescribeCommand': described,
    };
    const { code, server } = await people(commandsCommand, frames, argv);
    assert.deepEqual([code, server.callsOf(target)], [0, [input]], argv.join(' '));
  }
});

test('the list is read page by page up to --max', async () => {
  const listed = Array.from({ length: 50 }, (_, index) => ({
    CommandId: String(index),
    StatusDetails: 'Success',
    Comment: 'a\nb',
  }));
  const frames = { 'AmazonSSM.ListCommands': [{ Commands: listed, NextToken: 'x' }] };
  const { out, server } = await people(commandsCommand, frames, ['list', '--max', '70', '--json']);
  assert.equal(out.trimEnd().split('\n').length, 70);
  assert.deepEqual(
    server.callsOf('AmazonSSM.ListCommands').map(({ NextToken }) => NextToken),
    [undefined, 'x'],
  );
  const table = await people(commandsCommand, frames, []);
  assert.equal(table.out.trimEnd().split('\n').length, 21);
});

test('wrong use names the action and the option', async () => {
  for (const [act, argv, sentence] of [
    [commandsCommand, ['fly'], /unknown action "fly"/],
    [commandsCommand, ['pause'], /muster commands pause COMMAND/],
    [commandsCommand, ['pause', ID, '--max', '3'], /pause has no --max/],
    [commandsCommand, ['update', ID], /neither is given/],
    [logsCommand, [], /muster logs COMMAND/],
    [logsCommand, [ID, '--group', '--follow'], /--group shows results of all nodes/],
    [logsCommand, [ID, NODE, '--stream', 'x'], /neither stdout nor stderr/],
    [logsCommand, [ID, '--tail', 'x'], /--tail "x" is no whole number/],
  ] as const) {
    await assert.rejects(
      () => people(act, { 'Muster.UpdateCommand': [{ Command: COMMAND }] }, argv),
      (error) => error instanceof UsageError && sentence.test(error.message),
      argv.join(' '),
    );
  }
});
