// The SQL of output, changes and groups on every database: what comes back is what was put, by the index that it is meant to come by.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { groupsQuery } from './group-store.ts';
import { pack, unpack } from './output.ts';
import { migrations } from '../migrations/index.ts';
import * as output from './output-store.ts';
import { command, invocation, keyOf, nodeOf, range, step, write } from '../rows.fixture.ts';
import * as store from '../store.ts';
import type { ChunkRow, StreamRow } from '../tables.ts';
import { BEGINNING, readChanges } from './watch.ts';
import type { WatchPosition } from './watch-store.ts';

const KEY = keyOf(1);
const STREAM: output.StreamKey = { ...KEY, nodeId: nodeOf(0), stepName: 'one', stream: 'stdout' };
const [row0] = [invocation(1, 0)];
const names = {
  account: row0.account,
  region: row0.region,
  command_id: row0.command_id,
  node_id: row0.node_id,
  step_name: 'one',
  stream: 'stdout',
} as const;
const streamRow = (change: Partial<StreamRow> = {}): StreamRow => ({
  ...names,
  next_offset: 0,
  kept_bytes: 0,
  gaps: '[]',
  ended: 0,
  loose: 0,
  updated_at: 1,
  change_seq: 1,
  sha256: null,
  blob: null,
  blob_frames: null,
  due_at: null,
  ...change,
});
const chunk = (start: number, text: string, seq: number): ChunkRow => ({
  ...names,
  start_offset: start,
  end_offset: start + text.length,
  change_seq: seq,
  ...pack(Buffer.from(text)),
});

eachDatabase((_kind, open) => {
  test('changes are numbered one after the other, for each command alone', async () => {
    await using database = await open([migrations]);
    const numbers = await Promise.all(range(5).map(() => write(database, (tx) => output.nextChange(tx, KEY))));
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5],
    );
    assert.equal(await write(database, (tx) => output.nextChange(tx, keyOf(2))), 1);
  });

  test('chunks are found from any offset, told in their order, and forgotten with their command', async () => {
    await using database = await open([migrations]);
    const long = 'line\n'.repeat(100);
    await write(database, async (tx) => {
      await store.insertCommand(tx, command(1), '{}');
      await store.insertInvocations(tx, [invocation(1, 0)]);
      for (let n = 0; n < 4; n++) await output.nextChange(tx, KEY);
      await output.insertChunk(tx, chunk(0, 'abc', 1));
      await output.insertChunk(tx, chunk(3, long, 2));
      await output.insertChunk(tx, chunk(1_000, 'z', 3));
      await output.putStream(tx, streamRow({ due_at: 5, blob: 'aa' }));
      await output.putStream(tx, streamRow({ next_offset: 1_001, due_at: 7, blob: 'bb', change_seq: 4 }));
      await output.markStreamed(tx, KEY, nodeOf(0));
    });
    const from = async (offset: number) => {
      const rows = await database.read((tx) => output.listChunksFrom(tx, STREAM, offset, 10));
      return rows.map((one) => [one.start_offset, unpack(one, one.end_offset - one.start_offset).length]);
    };
    assert.deepEqual(await from(0), [
      [0, 3],
      [3, 500],
      [1_000, 1],
    ]);
    assert.deepEqual(await from(4), [
      [3, 500],
      [1_000, 1],
    ]);
    assert.deepEqual(await from(700), [[1_000, 1]]);
    assert.deepEqual(await from(2_000), []);
    assert.equal((await database.read((tx) => output.findStream(tx, STREAM)))?.next_offset, 1_001);
    assert.deepEqual(await database.read((tx) => output.dueStreams(tx, 6, 10)), []);
    assert.deepEqual(await database.read((tx) => output.dueStreams(tx, 7, 10)), [STREAM]);
    const first = await database.read((tx) => readChanges(tx, KEY, BEGINNING, [], 2));
    assert.deepEqual(
      first.events.map((event) => [event.Offset, event.Data?.length]),
      [
        [0, 3],
        [3, 500],
      ],
    );
    const rest = await database.read((tx) => readChanges(tx, KEY, first.position, [nodeOf(0)], 10));
    assert.deepEqual(
      rest.events.map((event) => event.Offset),
      [1_000, 1_001],
    );
    assert.deepEqual((await database.read((tx) => readChanges(tx, KEY, BEGINNING, [nodeOf(1)], 10))).events, []);
    assert.equal(await write(database, (tx) => output.forgetOutput(tx, KEY)), false);
    assert.equal(await write(database, (tx) => output.forgetOutput(tx, KEY)), true);
    assert.deepEqual(await from(0), []);
    const loose = await database.read((tx) => output.listLooseBlobs(tx, 10));
    assert.deepEqual(
      loose.map((blob) => blob.sha256),
      ['bb'],
    );
    for (const blob of loose) await write(database, (tx) => output.deleteLooseBlob(tx, blob));
    assert.deepEqual(await database.read((tx) => output.listLooseBlobs(tx, 10)), []);
  });

  test('a step that was told long before its node ended is told with the end, wherever a page ends', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      await store.insertCommand(tx, command(1), '{}');
      await store.insertInvocations(tx, [invocation(1, 0), invocation(1, 1)]);
      const told = await output.nextChange(tx, KEY);
      await store.putSteps(tx, [step(1, 0, 'one', { status: 'Success', stdout: 'first', stderr: '', change_seq: told })]);
      await store.changeInvocations(tx, KEY, [nodeOf(0)], { change_seq: told });
      await store.changeInvocations(tx, KEY, [nodeOf(1)], { state: 'InProgress' });
      await store.changeInvocations(tx, KEY, [nodeOf(0)], { state: 'Success' });
    });
    const read = (after: WatchPosition) => database.read((tx) => readChanges(tx, KEY, after, [], 1));
    const first = await read(BEGINNING);
    assert.deepEqual(
      first.events.map((event) => [event.InstanceId, event.StatusDetails]),
      [[nodeOf(1), 'InProgress']],
    );
    const second = await read(first.position);
    assert.deepEqual(
      second.events.map((event) => event.StatusDetails ?? event.Data?.toString()),
      ['first', 'Success'],
    );
  });

  test('however many steps the documents have, each is told once', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      await store.insertCommand(tx, command(1), '{}');
      await store.insertInvocations(
        tx,
        range(5).map((node) => invocation(1, node)),
      );
      const told = await output.nextChange(tx, KEY);
      const texts = { status: 'Success', stdout: 'x', stderr: '', change_seq: told };
      const steps = range(5).flatMap((node) => range(90).map((n) => step(1, node, `s${n}`, texts)));
      await store.putSteps(tx, steps);
      await store.changeInvocations(tx, KEY, range(5).map(nodeOf), { state: 'Success' });
    });
    const { events } = await database.read((tx) => readChanges(tx, KEY, BEGINNING, [], 1_000));
    assert.equal(new Set(events.map((event) => `${event.InstanceId} ${event.StepName}`)).size, 5 * 91);
    assert.equal(events.length, 5 * 91);
  });

  test('groups are counted largest first and paged; nodes that have not reported are groups by their state', async () => {
    await using database = await open([migrations]);
    await write(database, async (tx) => {
      await store.insertCommand(tx, command(1), '{}');
      await store.insertInvocations(
        tx,
        range(30).map((node) => invocation(1, node, { state: node < 25 ? 'Success' : 'InProgress' })),
      );
      await store.putSteps(
        tx,
        range(25).map((node) => step(1, node, 'one', { code: 0, output_hash: node % 5 === 0 ? 'rare' : 'usual' })),
      );
    });
    const groups = async (after?: { count: number; node: string }) => {
      const rows = await database.scan(groupsQuery(database, KEY, 'one', after, 2));
      return rows.map((row) => [row.state, row.code, row.output_hash, row.count, row.first_node, row.nodes.split(',').length]);
    };
    assert.deepEqual(await groups(), [
      ['Success', 0, 'usual', 20, nodeOf(1), 10],
      ['Success', 0, 'rare', 5, nodeOf(0), 5],
    ]);
    assert.deepEqual(await groups({ count: 5, node: nodeOf(0) }), [['InProgress', null, null, 5, nodeOf(25), 5]]);
  });
});
