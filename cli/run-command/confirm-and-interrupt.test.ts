// Before a command goes out, and when somebody presses Ctrl-C: what is asked, what is told, what is cancelled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hastyClock, RecordedServer, testHost } from '../people.fixture.ts';
import type { Frame, TestHost } from '../people.fixture.ts';
import { ID, SENT, WHERE, command, group, run } from './run.fixture.ts';
import { runCommand } from './run.ts';

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
