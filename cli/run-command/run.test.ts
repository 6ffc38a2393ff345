// `muster run` against a server of the test that answers with recorded frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hastyClock, RecordedServer, testHost } from '../people.fixture.ts';
import type { Frame } from '../people.fixture.ts';
import { UsageError } from '../usage-error.ts';
import { ID, SENT, WHERE, command, output, group, TWO_NODES, run } from './run.fixture.ts';
import { runCommand } from './run.ts';

test('lines come with their node before them, what nodes wrote to standard error on standard error', async () => {
  const { code, out, err, server } = await run(TWO_NODES, [...WHERE, '--', 'show']);
  assert.equal(code, 1);
  assert.equal(out, 'web-1: one\nweb-2: one\nweb-2: two\nweb-1: two\n');
  assert.match(err, /^command 1{8}-\S+ \(AWS-RunShellScript\)$/m);
  assert.match(err, /^web-2: oops$/m);
  assert.match(err, /^web-2: exit 3$/m);
  assert.match(err, /^1 node \(web-1\) exit 0\n1 node \(web-2\) exit 3\nIncomplete: 1 ok, 1 failed of 2 nodes in \S+ s\n$/m);
  assert.deepEqual(
    server.callsOf('Muster.WatchCommand').map(({ Cursor }) => Cursor),
    [undefined, 'a', 'b'],
  );
});

test('--json writes one object a line and nothing else', async () => {
  const lines = await run(TWO_NODES, [...WHERE, '--json', '--', 'show']);
  const objects = lines.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(objects[0], { type: 'command', commandId: ID, documentName: 'AWS-RunShellScript' });
  assert.deepEqual(
    objects
      .filter(({ type }) => type === 'output')
      .map(({ computerName, stream, offset, text }) => [computerName, stream, offset, text]),
    [
      ['web-1', 'stdout', 0, 'one'],
      ['web-2', 'stdout', 0, 'one'],
      ['web-2', 'stdout', 4, 'two'],
      ['web-1', 'stdout', 4, 'two'],
      ['web-2', 'stderr', 0, 'oops'],
    ],
  );
  assert.deepEqual(
    objects
      .filter(({ type }) => type === 'state')
      .map(({ instanceId, statusDetails, responseCode }) => [instanceId, statusDetails, responseCode]),
    [
      ['mi-1', 'Success', 0],
      ['mi-2', 'Failed', 3],
    ],
  );
  const summary = objects.at(-1) ?? {};
  assert.deepEqual([summary['type'], summary['statusDetails'], summary['exitCode']], ['summary', 'Incomplete', 1]);
});

test('a lost connection is gone on from the cursor, and said once', async () => {
  const watched = TWO_NODES['Muster.WatchCommand'] ?? [];
  const frames = {
    ...TWO_NODES,
    'Muster.WatchCommand': [watched[0], 'cut', { refuse: 'InternalServerError', status: 503 }, ...watched.slice(1)] as Frame[],
  };
  const { code, out, err, server } = await run(frames, [...WHERE, '--', 'show'], { clock: hastyClock });
  assert.deepEqual([code, out.split('\n').length], [1, 5]);
  assert.equal(err.match(/no connection/g)?.length, 1);
  assert.match(err, /connected again/);
  assert.deepEqual(
    server.callsOf('Muster.WatchCommand').map(({ Cursor }) => Cursor),
    [undefined, 'a', 'a', 'a', 'b'],
  );
});

test('a cursor that the server no longer knows is begun again, and nothing is told twice', async () => {
  const [first, second, third] = TWO_NODES['Muster.WatchCommand'] ?? [];
  const frames = {
    ...TWO_NODES,
    'Muster.WatchCommand': [first, { refuse: 'InvalidCursor', status: 400 }, first, second, third] as Frame[],
  };
  const { out } = await run(frames, [...WHERE, '--', 'show']);
  assert.equal(out.split('\n').length, 5);
});

test('a command that was sent once is not sent again when the connection is lost', async () => {
  const { code, err, server } = await run({ 'AmazonSSM.SendCommand': ['cut', SENT] }, [...WHERE, '--', 'show'], {
    clock: hastyClock,
  });
  assert.deepEqual([code, server.calls.length], [5, 1]);
  assert.match(err, /^muster: cannot reach http:/);
});

test('many nodes come as groups of equal results, with names that the server knows', async () => {
  const watched = { Command: command('InProgress', { InFlight: 30 }), Events: [output(1, 'early\n')], Cursor: 'a' };
  const { code, out, err } = await run(
    {
      'AmazonSSM.SendCommand': [SENT],
      'Muster.WatchCommand': [watched],
      'Muster.DescribeCommand': [
        { Command: command('InProgress', { InFlight: 30 }) },
        { Command: command('Success', { Success: 30 }) },
      ],
      'Muster.ListInvocationGroups': [
        { Groups: [group(28, 'same\n')], NextToken: 'x' },
        { Groups: [group(2, 'other\n', { InstanceIds: ['mi-7', 'mi-8'] })] },
      ],
      'AmazonSSM.DescribeInstanceInformation': [
        { InstanceInformationList: [{ InstanceId: 'mi-7', ComputerName: 'web-7\x1b[2J' }] },
      ],
    },
    [...WHERE, '--', 'show'],
    { clock: hastyClock },
  );
  assert.equal(code, 0);
  assert.match(err, /30 nodes: results come grouped/);
  assert.match(out, /^28 nodes \(mi-1, .*, and 20 more\) exit 0\n  same\n2 nodes \(web-7, mi-8\) exit 0\n  other\n$/);
});

test('an output of a group that is longer than the group tells is read whole', async () => {
  const whole = 'x'.repeat(300_000);
  const { out } = await run(
    {
      'AmazonSSM.SendCommand': [SENT],
      'Muster.DescribeCommand': [{ Command: command('Success', { Success: 2 }) }],
      'Muster.ListInvocationGroups': [{ Groups: [group(2, whole.slice(0, 2_500))] }],
      'Muster.ListInvocationSteps': [{ Steps: [{ StepName: 'run' }] }],
      'Muster.GetCommandOutput': (input) => {
        const offset = Number(input['Offset']);
        const data = whole.slice(offset, offset + 262_144);
        return { Data: Buffer.from(data).toString('base64'), NextOffset: offset + data.length, Complete: offset > 0 };
      },
      'AmazonSSM.DescribeInstanceInformation': [{ InstanceInformationList: [] }],
    },
    [...WHERE, '--group', '--', 'show'],
  );
  assert.equal(out, `2 nodes (mi-1, mi-2) exit 0\n  ${whole}\n`);
});

test('a document of several steps is grouped step by step', async () => {
  const { code, out } = await run(
    {
      'AmazonSSM.SendCommand': [SENT],
      'Muster.DescribeCommand': [{ Command: command('Success', { Success: 2 }) }],
      'Muster.ListInvocationGroups': (input) => {
        if (input['StepName'] === undefined) return { refuse: 'InvalidPluginName', status: 400 };
        return { Groups: [group(2, `${input['StepName'] as string}\n`)] };
      },
      'AmazonSSM.ListCommandInvocations': [{ CommandInvocations: [{ InstanceId: 'mi-1' }] }],
      'Muster.ListInvocationSteps': [{ Steps: [{ StepName: 'fetch' }, { StepName: 'install' }] }],
      'AmazonSSM.DescribeInstanceInformation': [{ InstanceInformationList: [] }],
    },
    [...WHERE, '--document', 'Deploy', '--group'],
  );
  assert.equal(code, 0);
  assert.equal(out, '2 nodes (mi-1, mi-2) fetch: exit 0\n  fetch\n2 nodes (mi-1, mi-2) install: exit 0\n  install\n');
});

for (const [what, last, code] of [
  ['success everywhere is 0', command('Success', { Success: 2 }), 0],
  ['a failure is 1', command('Failed', { Success: 1, Failed: 1, DeliveryTimedOut: 1 }), 1],
  ['nothing matched is 3', command('Success', {}, { StatusDetails: 'NoInstancesInTag' }), 3],
  ['a time-out is 4', command('TimedOut', { Success: 1, ExecutionTimedOut: 1 }), 4],
  ['a node that was never reached is 4', command('Failed', { Success: 1, Unreached: 1 }), 4],
  ['cancelled by somebody else is 1', command('Cancelled', { Cancelled: 1 }), 1],
] as const) {
  test(`exit code: ${what}`, async () => {
    const frames = { 'AmazonSSM.SendCommand': [SENT], 'Muster.WatchCommand': [{ Command: last, Events: [], Final: true }] };
    assert.equal((await run(frames, [...WHERE, '--no-group', '--', 'show'])).code, code);
  });
}

test('a refusal is one line with its code and exit code 2', async () => {
  const { code, out, err } = await run({ 'AmazonSSM.SendCommand': [{ refuse: 'InvalidDocument', status: 400 }] }, [
    ...WHERE,
    '--',
    'x',
  ]);
  assert.deepEqual([code, out, err], [2, '', 'muster: InvalidDocument: refused\n']);
});

test('--no-wait prints the id and leaves', async () => {
  const { code, out } = await run({ 'AmazonSSM.SendCommand': [SENT] }, [...WHERE, '--no-wait', '--', 'x']);
  assert.deepEqual([code, out], [0, `${ID}\n`]);
});

test('a refusal after the command was sent is not wrong use: its outcome is not known', async () => {
  const { code, err } = await run({ 'AmazonSSM.SendCommand': [SENT] }, [...WHERE, '--', 'x']);
  assert.equal(code, 5);
  assert.match(err, /UnknownOperationException|refused \(is the server older/);
  assert.match(err, new RegExp(`what becomes of the command is not known here: muster logs ${ID} --follow`));
});

test('a session token is sent, and signed', async () => {
  await using server = await RecordedServer.start({ 'AmazonSSM.SendCommand': [SENT] });
  await runCommand([...WHERE, '--no-wait', '--', 'x'], testHost({ ...server.environment, AWS_SESSION_TOKEN: 'token' }));
  const { headers } = server.calls[0] ?? assert.fail();
  assert.equal(headers['x-amz-security-token'], 'token');
  assert.match(String(headers.authorization), /SignedHeaders=[^,]*x-amz-security-token/);
});
test('an overloaded server that answers at once is asked less and less often', async () => {
  const waits: number[] = [];
  const watched: Frame[] = Array.from({ length: 12 }, () => ({ Command: command('InProgress', { InFlight: 1 }), Events: [] }));
  watched.push({ Command: command('Success', { Success: 1 }), Events: [], Final: true });
  await run({ ...TWO_NODES, 'Muster.WatchCommand': watched }, [...WHERE, '--no-group', '--', 'x'], {
    clock: { ...hastyClock, wait: (ms) => Promise.resolve(void waits.push(ms)) },
  });
  assert.deepEqual([waits[0], waits.at(-1)], [100, 1_000]);
});

test('wrong use never reaches a server', async () => {
  for (const [argv, sentence] of [
    [[...WHERE, 'uptime'], /comes after --, as in: -- uptime/],
    [[...WHERE, '--group', '--no-group', '--', 'x'], /--group and --no-group/],
    [[...WHERE, '--', 'x'], /which server\?/],
  ] as const) {
    await assert.rejects(
      () => runCommand(argv, testHost({})),
      (error) => error instanceof UsageError && sentence.test(error.message),
    );
  }
});
