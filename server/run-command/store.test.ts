// Every statement of Run Command on every database; lists have their own tests in history.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { InvocationState } from './command.ts';
import { migrations } from './index.ts';
import { command, commandOf, elsewhere, invocation, keyOf, nodeOf, range, step, write } from './rows.fixture.ts';
import * as store from './store.ts';

const nodesOf = (rows: readonly { readonly node_id: string }[]): string[] => rows.map((row) => row.node_id);
const commandsOf = (rows: readonly { readonly command_id: string }[]): string[] => rows.map((row) => row.command_id);

eachDatabase((_kind, open) => {
  test('a command comes back as it was written, in its own scope only', async () => {
    await using database = await open([migrations]);
    const row = command(1, { due_at: 1_800_000_000_000, resolved_up_to: nodeOf(4) });
    await write(database, (tx) => store.insertCommand(tx, row, '{"content":"é"}'));
    const read = <R>(work: (tx: ReadTx) => Promise<R>): Promise<R> => database.read(work);
    assert.deepEqual(await read((tx) => store.findCommand(tx, keyOf(1))), row);
    assert.equal(await read((tx) => store.findCommand(tx, keyOf(2))), undefined);
    assert.equal(await read((tx) => store.findCommand(tx, keyOf(1, elsewhere))), undefined);
    assert.deepEqual(await write(database, (tx) => store.lockCommand(tx, keyOf(1), database.dialect)), row);
    assert.equal(await write(database, (tx) => store.lockCommand(tx, keyOf(2), database.dialect)), undefined);
    assert.equal(await read((tx) => store.findContent(tx, testScope, 'hash')), '{"content":"é"}');
    assert.equal(await read((tx) => store.findContent(tx, elsewhere, 'hash')), undefined);
  });

  test('a content that is there already is shared; a command that is there already fails its unit', async () => {
    await using database = await open([migrations]);
    await write(database, (tx) => store.insertCommand(tx, command(1), 'first'));
    await write(database, (tx) => store.insertCommand(tx, command(2), 'second'));
    assert.equal(await database.read((tx) => store.findContent(tx, testScope, 'hash')), 'first');
    await assert.rejects(write(database, (tx) => store.insertCommand(tx, command(1), 'first')));
  });

  test('counters are added to, also by units at the same time; columns are set', async () => {
    await using database = await open([migrations]);
    await write(database, (tx) => store.insertCommand(tx, command(1, { pending: 40, due_at: 5 }), 'content'));
    await Promise.all(
      range(40).map((n) =>
        write(database, (tx) =>
          store.changeCommand(
            tx,
            keyOf(1),
            [
              ['pending', -1],
              [n % 2 === 0 ? 'success' : 'executionTimedOut', 1],
            ],
            {},
          ),
        ),
      ),
    );
    await write(database, (tx) =>
      store.changeCommand(
        tx,
        keyOf(1),
        [
          ['inFlight', 1],
          ['failed', 2],
          ['deliveryTimedOut', 3],
          ['cancelled', 4],
          ['terminated', 5],
          ['unreached', 6],
          ['acknowledged', 7],
        ],
        {
          state: 'Cancelling',
          due_at: null,
          finished_at: 9,
          resolved: 0,
          resolved_up_to: nodeOf(1),
          cancel_requested: 1,
          cancel_spread: 1,
        },
      ),
    );
    const changed = command(1, {
      pending: 0,
      success: 20,
      execution_timed_out: 20,
      in_flight: 1,
      failed: 2,
      delivery_timed_out: 3,
      cancelled: 4,
      terminated: 5,
      unreached: 6,
      acknowledged: 7,
      state: 'Cancelling',
      due_at: null,
      finished_at: 9,
      resolved: 0,
      resolved_up_to: nodeOf(1),
      cancel_requested: 1,
      cancel_spread: 1,
    });
    assert.deepEqual(await database.read((tx) => store.findCommand(tx, keyOf(1))), changed);
  });

  test('nothing to change is no statement that fails', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      await store.insertCommand(tx, command(1), 'content');
      await store.changeCommand(tx, keyOf(1), [], {});
      await store.insertInvocations(tx, []);
      await store.changeInvocations(tx, keyOf(1), [], { state: 'Success' });
      await store.putSteps(tx, []);
      assert.deepEqual(await store.lockInvocations(tx, keyOf(1), [], database.dialect), []);
      assert.deepEqual(await store.findStepHeads(tx, keyOf(1), []), []);
      assert.deepEqual(await store.listSteps(tx as unknown as ReadTx, keyOf(1), []), []);
      assert.deepEqual(await store.nextInvocations(tx, keyOf(1), [], 10), []);
    });
    assert.deepEqual(await database.read((tx) => store.findCommand(tx, keyOf(1))), command(1));
  });

  test('due commands come first by their moment, of every scope, at most as many as asked for', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      for (const n of range(6)) await store.insertCommand(tx, command(n, { due_at: n === 4 ? null : 100 - n * 10 }), 'content');
      await store.insertCommand(tx, command(0, { ...elsewhere, due_at: 55 }), 'content');
    });
    const due = (nowMs: number, limit: number) => database.read((tx) => store.dueCommands(tx, nowMs, limit));
    assert.deepEqual(await due(80, 10), [keyOf(5), keyOf(0, elsewhere), keyOf(3), keyOf(2)]);
    assert.deepEqual(await due(80, 1), [keyOf(5)]);
    assert.deepEqual(await due(49, 10), []);
  });

  test('invocations are inserted by the thousand; one that is there already is left as it is', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      await store.insertInvocations(
        tx,
        range(1_201).map((node) => invocation(1, node)),
      );
      await store.changeInvocations(tx, keyOf(1), [nodeOf(7)], { state: 'Success', finished_at: 3, trace: 'told' });
      await store.insertInvocations(tx, [invocation(1, 7), invocation(1, 1_201)]);
    });
    const read = (node: number) => database.read((tx) => store.findInvocation(tx, keyOf(1), nodeOf(node)));
    assert.deepEqual(await read(7), invocation(1, 7, { state: 'Success', finished_at: 3, trace: 'told', change_seq: 1 }));
    assert.deepEqual(await read(1_201), invocation(1, 1_201));
    assert.equal(await read(1_202), undefined);
    const all = await write(database, (tx) => store.nextInvocations(tx, keyOf(1), ['Pending', 'Success'], 5_000));
    assert.equal(all.length, 1_202);
  });

  test('the next invocations come state by state, in node order, at most as many as asked for', async () => {
    await using database = await open([migrations]);
    const states: readonly InvocationState[] = ['InProgress', 'Pending', 'Delayed'];
    await write(database, async (tx) => {
      await store.insertInvocations(
        tx,
        range(9).map((node) => invocation(1, 8 - node, { state: states[node % 3] ?? 'Pending' })),
      );
      await store.insertInvocations(tx, [invocation(2, 0), invocation(1, 0, elsewhere)]);
    });
    const next = async (wanted: readonly InvocationState[], limit: number) =>
      nodesOf(await write(database, (tx) => store.nextInvocations(tx, keyOf(1), wanted, limit)));
    assert.deepEqual(await next(['Pending'], 10), [1, 4, 7].map(nodeOf));
    assert.deepEqual(await next(['Pending'], 2), [1, 4].map(nodeOf));
    assert.deepEqual(await next(['Delayed', 'InProgress'], 5), [0, 3, 6, 2, 5].map(nodeOf));
    assert.deepEqual(await next(['Success'], 5), []);
  });

  test('more invocations than one statement takes are locked in node order and changed, and no others', async () => {
    await using database = await open([migrations]);
    const picked = range(1_100).map((n) => nodeOf(n * 2));
    const locked = await write(database, async (tx) => {
      await store.insertInvocations(
        tx,
        range(2_300).map((node) => invocation(1, node)),
      );
      await store.insertInvocations(tx, [invocation(2, 0)]);
      await store.changeInvocations(tx, keyOf(1), picked, {
        state: 'InProgress',
        dispatched_at: 1_900_000_000_000,
        delivered_at: 2,
      });
      return store.lockInvocations(tx, keyOf(1), [...picked.toReversed(), nodeOf(99_999)], database.dialect);
    });
    assert.deepEqual(nodesOf(locked), picked);
    assert.ok(
      locked.every((row) => row.state === 'InProgress' && row.dispatched_at === 1_900_000_000_000 && row.delivered_at === 2),
    );
    const untouched = await write(database, (tx) => store.nextInvocations(tx, keyOf(1), ['Pending'], 5_000));
    assert.equal(untouched.length, 1_200);
    assert.equal((await database.read((tx) => store.findInvocation(tx, keyOf(2), nodeOf(0))))?.state, 'Pending');
  });

  test('live invocations of a node come newest first, over all commands', async () => {
    await using database = await open([migrations]);
    await write(database, (tx) =>
      store.insertInvocations(tx, [
        ...range(5).map((n) => invocation(n, 1, { state: n === 2 ? 'Success' : 'Delayed' })),
        invocation(9, 2),
        invocation(9, 1, { ...elsewhere, state: 'Delayed' }),
      ]),
    );
    const live = (limit: number) =>
      database.read((tx) => store.liveInvocationsOfNode(tx, testScope, nodeOf(1), ['Pending', 'Delayed'], limit));
    assert.deepEqual(commandsOf(await live(10)), [4, 3, 1, 0].map(commandOf));
    assert.deepEqual(commandsOf(await live(2)), [4, 3].map(commandOf));
  });

  test('a step is written or replaced whole, by its name; lists leave the streams out', async () => {
    await using database = await open([migrations]);
    await write(database, (tx) =>
      store.putSteps(tx, [...range(450).map((node) => step(1, node, 'one')), step(1, 3, 'two'), step(2, 3, 'one')]),
    );
    const later = step(1, 3, 'one', {
      plugin: 'aws:other',
      status: 'Success',
      code: 0,
      started_at: null,
      ended_at: 1_900_000_000_001,
      output: '日本\n',
      stdout: 'x'.repeat(24_000),
      stderr: '',
    });
    await write(database, (tx) => store.putSteps(tx, [later, step(1, 4, 'two', { status: 'Failed' })]));
    const find = (n: number, node: number, name: string) =>
      database.read((tx) => store.findStep(tx, keyOf(n), nodeOf(node), name));
    assert.deepEqual(await find(1, 3, 'one'), later);
    assert.deepEqual(await find(1, 2, 'one'), step(1, 2, 'one'));
    assert.deepEqual(await find(2, 3, 'one'), step(2, 3, 'one'));
    assert.equal(await find(1, 3, 'three'), undefined);
    const { stdout: _stdout, stderr: _stderr, output_hash: _hash, change_seq: _seq, ...summary } = later;
    const listed = await database.read((tx) => store.listSteps(tx, keyOf(1), [nodeOf(3), nodeOf(4)]));
    assert.deepEqual(listed.map((row) => `${row.node_id} ${row.step_name}`).toSorted(), [
      `${nodeOf(3)} one`,
      `${nodeOf(3)} two`,
      `${nodeOf(4)} one`,
      `${nodeOf(4)} two`,
    ]);
    assert.deepEqual(
      listed.find((row) => row.node_id === nodeOf(3) && row.step_name === 'one'),
      summary,
    );
    const heads = await database.read((tx) => store.findStepHeads(tx, keyOf(1), range(700).map(nodeOf)));
    assert.equal(heads.length, 452);
    assert.deepEqual(
      heads.find((row) => row.node_id === nodeOf(3) && row.step_name === 'one'),
      { node_id: nodeOf(3), step_name: 'one', status: 'Success', code: 0, ended_at: 1_900_000_000_001, output_hash: null },
    );
  });
});
