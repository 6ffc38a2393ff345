// `muster run` against a server of the test that answers with recorded frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hastyClock, RecordedServer, testHost } from '../people.fixture.ts';
import type { Frame, TestHost } from '../people.fixture.ts';
import { UsageError } from '../usage-error.ts';
import { runCommand } from './run.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const SENT: Frame = { Command: { CommandId: ID, DocumentName: 'AWS-RunShellScript' } };
const WHERE = ['--targets', 'tag:role=web'];

const command = (Status: string, Counts: Record<string, number>, more: Record<string, unknown> = {}) => {
  const TargetCount = Object.values(Counts).reduce((sum, count) => sum + count, 0);
  return { CommandId: ID, Status, StatusDetails: Status, TargetsResolved: true, TargetCount, Counts, ...more };
};
const output = (node: number, text: string, Offset = 0, Stream = 'stdout') => ({
  InstanceId: `mi-${node}`,
  ComputerName: `web-${node}`,
  StepName: 'run',
  Stream,
  Offset,
  Data: Buffer.from(text).toString('base64'),
});
const state = (node: number, StatusDetails: string, ResponseCode = 0) => ({
  InstanceId: `mi-${node}`,
  ComputerName: `web-${node}`,
  StatusDetails,
  ResponseCode,
});
const group = (Count: number, StandardOutput: string, more: Record<string, unknown> = {}) => ({
  Count,
  Status: 'Success',
  StatusDetails: 'Success',
  ResponseCode: 0,
  StandardOutput,
  StandardError: '',
  InstanceIds: Array.from({ length: Math.min(Count, 10) }, (_, index) => `mi-${index + 1}`),
  ...more,
});

const TWO_NODES: Readonly<Record<string, readonly Frame[]>> = {
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

async function run(
  frames: Parameters<typeof RecordedServer.start>[0],
  argv: readonly string[],
  options: Parameters<typeof testHost>[1] = {},
) {
  await using server = await RecordedServer.start(frames);
  const host = testHost(server.environment, options);
  const code = await runCommand(argv, host);
  return { code, out: host.stdout.text, err: host.stderr.text, server };
}

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

const PREVIEW: Frame = {
  TargetCount: 250,
  Outcomes: [
    { Outcome: 'Run', Count: 240 },
    { Outcome: 'Delayed', Count: 10 },
  ],
  Concurrency: 25,
  Waves: 10,
  StopsWhen: 'Stops when more than 2 nodes have failed.',
  Warnings: [],
  Nodes: [{ InstanceId: 'mi-1', ComputerName: 'web-1', PlatformType: 'Linux', Outcome: 'Run', Wave: 1 }],
};

test('before more than 100 nodes, a person at a terminal types their number', async () => {
  const frames = { 'AmazonSSM.SendCommand': [SENT], 'Muster.PreviewCommand': [PREVIEW] };
  const argv = [...WHERE, '--no-wait', '--', 'x'];
  const wrong = await run(frames, argv, { terminal: true, answer: 'yes' });
  assert.deepEqual([wrong.code, wrong.server.callsOf('AmazonSSM.SendCommand').length], [2, 0]);
  assert.match(
    wrong.err,
    /250 nodes match: 240 .*, 10 not connected[^]*Stops when more than 2[^]*Type the number of nodes \(250\)/,
  );
  assert.match(wrong.err, /nothing was sent/);
  const right = await run(frames, argv, { terminal: true, answer: '250' });
  assert.deepEqual([right.code, right.server.callsOf('AmazonSSM.SendCommand').length], [0, 1]);
  for (const options of [{ terminal: false, answer: 'no' }, { terminal: true }]) {
    assert.equal((await run(frames, argv, options)).server.callsOf('Muster.PreviewCommand').length, 0);
  }
  const yes = await run(frames, [...WHERE, '--yes', '--no-wait', '--', 'x'], { terminal: true, answer: 'no' });
  assert.equal(yes.server.callsOf('Muster.PreviewCommand').length, 0);
});

test('--preview sends nothing', async () => {
  const { code, out, server } = await run({ 'Muster.PreviewCommand': [PREVIEW] }, [
    ...WHERE,
    '--preview',
    '--comment',
    'c',
    '--',
    'x',
  ]);
  assert.equal(code, 0);
  assert.match(out, /At most 25 at a time, in 10 waves/);
  assert.match(out, /^mi-1 +web-1 +Linux +Run +1$/m);
  assert.equal(server.calls.length, 1);
  assert.equal((server.calls[0]?.input ?? {})['Comment'], undefined);
});

async function interrupted(presses: number): Promise<{ code: number; err: string; server: RecordedServer }> {
  const hosts: TestHost[] = [];
  const pressed = { count: 0 };
  let isCancelled = false;
  await using server = await RecordedServer.start({
    'AmazonSSM.SendCommand': [SENT],
    'AmazonSSM.CancelCommand': () => {
      isCancelled = true;
      return {};
    },
    'Muster.WatchCommand': async () => {
      if (pressed.count < presses) {
        pressed.count++;
        hosts[0]?.interrupt();
      }
      // Lets the handlers of the press run before the answer.
      await new Promise((resolve) => setImmediate(resolve));
      const ended = isCancelled && presses === 2;
      return {
        Command: command(ended ? 'Cancelled' : 'InProgress', ended ? { Cancelled: 1 } : { InFlight: 1 }),
        Events: [],
        Final: ended,
      };
    },
  });
  const host = testHost(server.environment, { clock: { ...hastyClock, wait: decisionOf(presses) } });
  hosts.push(host);
  return { code: await runCommand([...WHERE, '--no-group', '--', 'x'], host), err: host.stderr.text, server };
}

/** Nobody waits for the end of the five seconds who presses twice. */
function decisionOf(presses: number): (ms: number, signal?: AbortSignal) => Promise<void> {
  return async (ms, signal) => {
    if (presses > 1 && ms >= 5_000)
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  };
}

test('one Ctrl-C says how to come back and leaves the command alone', async () => {
  const { code, err, server } = await interrupted(1);
  assert.deepEqual([code, server.callsOf('AmazonSSM.CancelCommand')], [130, []]);
  assert.match(err, new RegExp(`the command goes on: muster logs ${ID} --follow; press Ctrl-C again`));
});

test('a second one cancels the command and waits until it has ended', async () => {
  const { code, err, server } = await interrupted(2);
  assert.deepEqual([code, server.callsOf('AmazonSSM.CancelCommand')], [130, [{ CommandId: ID }]]);
  assert.match(err, /cancelling: waiting for the nodes/);
  assert.match(err, /Cancelled: 1 cancelled of 1 node/);
});

test('Ctrl-C while results are read cancels nothing', async () => {
  const hosts: TestHost[] = [];
  await using server = await RecordedServer.start({
    'AmazonSSM.SendCommand': [SENT],
    'Muster.WatchCommand': [{ Command: command('Success', { Success: 2 }), Events: [], Final: true }],
    'Muster.ListInvocationGroups': () => {
      hosts[0]?.interrupt();
      hosts[0]?.interrupt();
      return { Groups: [group(2, 'ok\n')] };
    },
    'AmazonSSM.CancelCommand': [{}],
  });
  const host = testHost(server.environment);
  hosts.push(host);
  assert.equal(await runCommand([...WHERE, '--', 'x'], host), 0);
  assert.deepEqual(server.callsOf('AmazonSSM.CancelCommand'), []);
  assert.doesNotMatch(host.stderr.text, /the command goes on/);
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

test('at a terminal: colours, a bar, and no control sequence of a node', async () => {
  const frames = {
    ...TWO_NODES,
    'Muster.WatchCommand': [
      { Command: command('Success', { Success: 1 }), Events: [output(1, '\x1b[2J\x1b[32mgreen\x1b]0;x\x07\n')], Final: true },
    ],
  };
  const { out, err } = await run(frames, [...WHERE, '--', 'show'], { terminal: true });
  // oxlint-disable-next-line no-control-regex
  assert.match(out, /^\x1b\[\d+mweb-1: \x1b\[0m\x1b\[32mgreen\x1b\[0m\n$/);
  // oxlint-disable-next-line no-control-regex
  assert.match(err, /\r\x1b\[K1\/1 \[\x1b\[32m#+\x1b\[0m\] 100%/);
});

test('a stream that is sealed, or whose pieces are missing, is read from what is kept', async () => {
  const text = 'one\ntwo\nthree\n';
  const events = [
    output(1, 'one\n'),
    output(1, 'three\n', 8),
    { InstanceId: 'mi-2', StepName: 'run', Stream: 'stdout', Offset: text.length },
  ];
  const { out, server } = await run(
    {
      'AmazonSSM.SendCommand': [SENT],
      'Muster.WatchCommand': [{ Command: command('Success', { Success: 2 }), Events: events, Final: true }],
      'Muster.GetCommandOutput': (input) => {
        const data = text.slice(Number(input['Offset']));
        return { Offset: input['Offset'], Data: Buffer.from(data).toString('base64'), NextOffset: text.length, Complete: true };
      },
    },
    [...WHERE, '--no-group', '--', 'x'],
  );
  assert.deepEqual(out.trimEnd().split('\n'), [
    'web-1: one',
    'web-1: two',
    'web-1: three',
    'mi-2: one',
    'mi-2: two',
    'mi-2: three',
  ]);
  assert.deepEqual(
    server.callsOf('Muster.GetCommandOutput').map(({ InstanceId, Offset }) => [InstanceId, Offset]),
    [
      ['mi-1', 4],
      ['mi-2', 0],
    ],
  );
});

test('a gap that nobody kept is said', async () => {
  const events = [output(1, 'one\n'), output(1, 'end\n', 100)];
  const frames = {
    ...TWO_NODES,
    'Muster.WatchCommand': [{ Command: command('Success', { Success: 1 }), Events: events, Final: true }],
  };
  const { out, err } = await run(frames, [...WHERE, '--no-group', '--', 'x']);
  assert.equal(out, 'web-1: one\nweb-1: end\n');
  assert.match(err, /web-1: \(96 bytes of stdout are not here/);
});

test('nodes that share a name are called by their ids', async () => {
  const events = [output(1, 'a\n'), { ...output(2, 'b\n'), ComputerName: 'web-1' }, output(1, 'c\n', 2)];
  const frames = {
    ...TWO_NODES,
    'Muster.WatchCommand': [{ Command: command('Success', { Success: 2 }), Events: events, Final: true }],
  };
  assert.equal((await run(frames, [...WHERE, '--no-group', '--', 'x'])).out, 'web-1: a\nmi-2: b\nmi-1: c\n');
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
