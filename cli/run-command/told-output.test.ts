// What people see of output that is not plain: colours, control sequences, gaps, nodes of one name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SENT, WHERE, command, output, TWO_NODES, run } from './run.fixture.ts';

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
