// What agents report, through the handler that the channels call, on every database: twice, late, out of order, about commands that nobody
// sent. Counters, letters and events stay true.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase, openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import fc from 'fast-check';
import type { JobReply } from '../platform/channels/ports.ts';
import { isFinal } from './command.ts';
import { wakeKey } from './domain.ts';
import { countsOf } from './facts.ts';
import { cancelJobId, commandJobId } from './job-ids.ts';
import {
  COMMAND,
  OTHER,
  KEY,
  nodeOf,
  range,
  setUp,
  ack,
  cancelAck,
  stepResult,
  content,
  report,
  success,
  failure,
  running,
  END,
} from './results.fixture.ts';

eachDatabase((_kind, open) => {
  test('an acknowledged job is delivered, once however often it is acknowledged; one that waited is in progress', async () => {
    await using it = await setUp(open, { away: [1] });
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['InProgress', 'Delayed']);
    await it.acknowledge(ack(0), ack(0), ack(1));
    const at = it.clock.nowMs();
    await it.clock.advance(1_000);
    await it.acknowledge(ack(0), ack(1));
    for (const n of [0, 1]) {
      const { state, delivered_at } = await it.invocation(n);
      assert.deepEqual([state, delivered_at], ['InProgress', at]);
    }
    assert.equal((await it.command()).acknowledged, 2);
    assert.deepEqual(await it.events(), ['InProgress']);
    assert.equal((await it.letters()).length, 2, 'the letters stay until the jobs are done');
  });

  test('an acknowledgement wakes the dispatcher with slow start only, since then it lets more nodes begin', async () => {
    for (const slowStart of [true, false]) {
      await using it = await setUp(open, { slowStart });
      await it.acknowledge(ack(0));
      assert.deepEqual(it.woken, slowStart ? [wakeKey(KEY)] : []);
      assert.equal((await it.command()).due_at, slowStart ? it.clock.nowMs() : 1_900_000_000_000);
    }
  });

  test('a final reply ends the invocation: step, counters, letter, event and wake-up', async () => {
    await using it = await setUp(open);
    await it.acknowledge(ack(0));
    await it.reply(running(0));
    assert.deepEqual(await it.counts(), { inFlight: 2 });
    assert.equal((await it.step(0))?.status, 'InProgress');
    await it.clock.advance(5_000);
    await it.reply(failure(0));
    const { state, trace, finished_at } = await it.invocation(0);
    assert.deepEqual([state, trace, finished_at], ['Failed', 'trace', it.clock.nowMs()]);
    const { status, code, ended_at } = (await it.step(0)) ?? {};
    assert.deepEqual([status, code, ended_at], ['Failed', 1, Date.parse(END)]);
    assert.deepEqual(await it.counts(), { inFlight: 1, failed: 1 });
    assert.deepEqual(await it.letters(), [commandJobId(COMMAND, nodeOf(1))]);
    assert.deepEqual(await it.events(), ['Failed']);
    assert.deepEqual(it.woken, [wakeKey(KEY)]);
    assert.equal((await it.command()).due_at, it.clock.nowMs());
  });

  test('a reply that comes twice, in one batch, in two or at the same time, counts once', async () => {
    await using it = await setUp(open, { nodes: 3 });
    await it.reply(success(0), success(0));
    await it.reply(success(1));
    await it.reply(success(1));
    await Promise.all(range(5).map(() => it.reply(success(2))));
    assert.deepEqual(await it.counts(), { success: 3 });
    assert.equal((await it.command()).acknowledged, 3, 'a reply says that the job arrived');
    assert.deepEqual(await it.events(), ['Success', 'Success', 'Success']);
  });

  test('a step that was told with its end is not written again with the document', async () => {
    await using it = await setUp(open);
    const one = stepResult('Success', { stepName: 'one', standardOutput: 'all of it' });
    await it.reply(report(0, content('InProgress', { one })));
    const told = await it.step(0, 'one');
    await it.reply(report(0, content('Success', { one })));
    assert.deepEqual(await it.step(0, 'one'), told, 'its change has the number of the first report');
    assert.equal((await it.invocation(0)).state, 'Success');
    const more = stepResult('Success', { stepName: 'one', standardOutput: 'all of it, and more' });
    await it.reply(report(0, content('Success', { one: more })));
    assert.equal((await it.step(0, 'one'))?.stdout, 'all of it, and more');
  });

  test('what comes after the final reply changes neither the invocation nor a step that is over', async () => {
    await using it = await setUp(open);
    await it.reply(success(0), running(0));
    await it.reply(running(0), failure(1));
    await it.reply(success(1), report(1, content('InProgress')));
    await it.acknowledge(ack(0), ack(1));
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['Success', 'Failed']);
    assert.equal((await it.step(0))?.status, 'Success');
    assert.deepEqual(await it.counts(), { success: 1, failed: 1 });
    assert.deepEqual((await it.events()).toSorted(), ['Failed', 'Success']);
  });

  test('the last step may come after the final reply: it is stored and told, and nothing else changes', async () => {
    await using it = await setUp(open);
    await it.reply(report(0, content('Success')));
    const before = [await it.command(), { ...(await it.invocation(0)), change_seq: 3 }];
    await it.reply(report(0, content('Success', { two: stepResult('Success', { stepName: 'two', standardOutput: 'late' }) })));
    assert.equal((await it.step(0, 'two'))?.stdout, 'late');
    assert.deepEqual([await it.command(), await it.invocation(0)], before);
  });

  test('a reply after the server closed the invocation is kept with its step; the state stays', async () => {
    await using it = await setUp(open);
    await it.close('DeliveryTimedOut');
    const closed = await it.events();
    await it.reply(success(0));
    const { state, trace } = await it.invocation(0);
    assert.deepEqual([state, trace], ['DeliveryTimedOut', 'closed by the server']);
    assert.equal((await it.step(0))?.status, 'Success');
    assert.deepEqual(await it.counts(), { deliveryTimedOut: 2 });
    assert.deepEqual(await it.events(), closed);
    assert.deepEqual(await it.letters(), []);
  });

  test('reports about unknown commands, strangers and other nodes’ jobs touch nothing; the rest of their batch counts', async () => {
    await using it = await setUp(open);
    const before = [await it.command(), await it.invocation(0), await it.invocation(1)];
    const stranger = nodeOf(9);
    await it.acknowledge(ack(0, { reference: OTHER }), ack(9));
    await it.reply(
      report(0, content('Success'), { jobId: commandJobId(OTHER, nodeOf(0)) }),
      report(0, content('Success'), { jobId: 'something else' }),
      report(0, content('Failed'), { jobId: commandJobId(COMMAND, nodeOf(1)) }),
      report(9, content('Failed'), { jobId: commandJobId(COMMAND, nodeOf(1)) }),
      report(9, content('Failed'), { jobId: commandJobId(COMMAND, stranger) }),
      report(0, content('Cancelled'), { topic: 'aws.ssm.cancelCommand.us-east-1' }),
      report(0, content('Failed'), { region: 'eu-central-1' as typeof testScope.region }),
    );
    assert.deepEqual([await it.command(), await it.invocation(0), await it.invocation(1)], before);
    assert.deepEqual(await it.events(), []);
    await it.reply(report(0, content('Success'), { jobId: commandJobId(OTHER, nodeOf(0)) }), success(1));
    assert.deepEqual(await it.counts(), { inFlight: 1, success: 1 });
  });

  test('a refused job is Failed with the agent’s reason, once, and its letter is gone', async () => {
    await using it = await setUp(open);
    const refused = ack(0, { verdict: 'refused', statusCode: '51406', errorMessage: 'cannot parse' });
    await it.acknowledge(refused);
    await it.acknowledge(refused, ack(0));
    const { state, trace } = await it.invocation(0);
    assert.deepEqual([state, trace], ['Failed', 'The agent refused the document: cannot parse (51406).']);
    assert.deepEqual(await it.counts(), { inFlight: 1, failed: 1 });
    assert.deepEqual(await it.events(), ['Failed']);
    assert.deepEqual(await it.letters(), [commandJobId(COMMAND, nodeOf(1))]);
    await it.reply(success(1));
    await it.acknowledge(ack(1, { verdict: 'refused' }));
    assert.equal((await it.invocation(1)).state, 'Success', 'a refusal after the end changes nothing');
  });

  test('a cancel that is acknowledged before the job was delivered cancels; after it, the agent’s own end counts', async () => {
    await using it = await setUp(open, { nodes: 3 });
    await it.acknowledge(ack(1), ack(2));
    await it.cancel();
    const cancels = range(3).map((n) => cancelJobId(COMMAND, nodeOf(n)));
    const jobs = [1, 2].map((n) => commandJobId(COMMAND, nodeOf(n)));
    assert.deepEqual(await it.letters(), [...cancels, ...jobs].toSorted(), 'the job that was not delivered must not be sent');
    await it.acknowledge(cancelAck(0), cancelAck(1), cancelAck(2));
    assert.deepEqual(
      [(await it.invocation(0)).state, (await it.invocation(1)).state, (await it.invocation(2)).state],
      ['Cancelled', 'Cancelling', 'Cancelling'],
    );
    assert.deepEqual(await it.letters(), jobs.toSorted());
    await it.reply(running(1), report(1, content('Cancelled')), success(2));
    await it.acknowledge(cancelAck(0), ack(0));
    assert.deepEqual(await it.counts(), { cancelled: 2, success: 1 });
    assert.deepEqual(await it.letters(), []);
    const told = (await it.events()).filter((status) => status !== 'Cancelling');
    assert.deepEqual(told.toSorted(), ['Cancelled', 'Cancelled', 'Success']);
  });

  test('a cancel to a node that was never reached cancels at once', async () => {
    await using it = await setUp(open, { away: [0] });
    await it.cancel();
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['Cancelled', 'Cancelling']);
    assert.deepEqual(await it.counts(), { inFlight: 1, cancelled: 1 });
  });

  test('one batch of two commands to 700 nodes is taken in one unit', async () => {
    await using it = await setUp(open, { nodes: 700 });
    await it.send(OTHER);
    const other = (one: JobReply): JobReply => ({ ...one, jobId: commandJobId(OTHER, one.nodeId) });
    const batch = range(700).flatMap((n) => [n % 7 === 0 ? failure(n) : success(n), other(success(n))]);
    await it.reply(...batch);
    assert.deepEqual(await it.counts(), { success: 600, failed: 100 });
    const { success: succeeded, in_flight } = await it.command({ ...testScope, commandId: OTHER });
    assert.deepEqual([succeeded, in_flight], [700, 0]);
    assert.deepEqual(await it.letters(), []);
    assert.equal((await it.events()).length, 1_400);
    assert.deepEqual(it.woken.toSorted(), [wakeKey({ ...testScope, commandId: OTHER }), wakeKey(KEY)]);
  });
});

test('sqlite: in whatever order reports come, final states stay and counters count the rows', async () => {
  const reports = [
    ...range(3).flatMap((n) => [{ ack: ack(n) }, { ack: cancelAck(n) }, { ack: ack(n, { verdict: 'refused' }) }]),
    ...range(3).flatMap((n) => [{ reply: running(n) }, { reply: success(n) }, { reply: failure(n) }]),
    { cancel: true },
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...reports), { maxLength: 30 }), async (order) => {
      await using it = await setUp(openTestDatabase, { nodes: 3, away: [2] });
      const finals = new Map<number, string>();
      for (const one of order) {
        if ('ack' in one) await it.acknowledge(one.ack);
        else if ('reply' in one) await it.reply(one.reply);
        else await it.cancel();
        const rows = await Promise.all(range(3).map((n) => it.invocation(n)));
        for (const [n, row] of rows.entries()) {
          assert.equal(row.state, finals.get(n) ?? row.state);
          if (isFinal(row.state)) finals.set(n, row.state);
        }
        const counts = countsOf(await it.command());
        const count = (...states: string[]): number => rows.filter((row) => states.includes(row.state)).length;
        assert.deepEqual(
          [counts.pending, counts.inFlight, counts.success, counts.failed, counts.cancelled],
          [0, count('Delayed', 'InProgress', 'Cancelling'), count('Success'), count('Failed'), count('Cancelled')],
        );
        const jobsOfFinal = [...finals.keys()].map((n) => commandJobId(COMMAND, nodeOf(n)));
        const letters = await it.letters();
        assert.deepEqual(
          jobsOfFinal.filter((jobId) => letters.includes(jobId)),
          [],
          'what is over is not sent again',
        );
      }
    }),
    { numRuns: 40 },
  );
});
