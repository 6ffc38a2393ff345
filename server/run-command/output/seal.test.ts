// Sealing that dies half-way: what is on disk afterwards is what rows refer to.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestDatabase, quietLog, temporaryDirectory } from '@muster/testkit/database.ts';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { createBlobs } from '../../platform/blobs/blobs.ts';
import { createInProcessBus } from '../../platform/bus/in-process-bus.ts';
import type { RunCommand } from '../domain.ts';
import { migrations } from '../migrations/index.ts';
import { command, invocation, keyOf, nodeOf, write } from '../rows.fixture.ts';
import * as store from '../store.ts';
import { streamWakeKey } from './keys.ts';
import { pack } from './output.ts';
import * as output from './output-store.ts';
import { createOutputSealer, readFrame, type BlobFrame } from './seal.ts';

const STREAM: output.StreamKey = { ...keyOf(1), nodeId: nodeOf(0), stepName: 'one', stream: 'stdout' };

test('a pass that is killed between the blob and its row is repeated, and leaves no blob behind', async () => {
  await using directory = await temporaryDirectory();
  await using database = await openTestDatabase([migrations]);
  const clock = createSimulatedClock(new Date('2026-01-01T00:00:00Z'));
  const ids = createSeededIds(1);
  const blobs = createBlobs({ dataDir: directory.path, ids, clock });
  const run = { database, blobs, clock, ids, bus: createInProcessBus({ log: quietLog }) } as unknown as RunCommand;
  const killed = () => Promise.reject(new Error('killed'));
  const dying: RunCommand = {
    ...run,
    database: {
      dialect: database.dialect,
      read: database.read.bind(database),
      write: killed,
    } as unknown as RunCommand['database'],
  };
  const bytes = Buffer.from('line\n'.repeat(60_000));
  await write(database, async (tx) => {
    const { account, region, commandId: command_id, nodeId: node_id, stepName: step_name, stream } = STREAM;
    const names = { account, region, command_id, node_id, step_name, stream };
    await store.insertCommand(tx, command(1), '{}');
    await store.insertInvocations(tx, [invocation(1, 0)]);
    const change_seq = await output.nextChange(tx, STREAM);
    await output.insertChunk(tx, { ...names, start_offset: 0, end_offset: bytes.length, change_seq, ...pack(bytes) });
    const state = { next_offset: bytes.length, kept_bytes: bytes.length, gaps: '[]', ended: 1, loose: 0 };
    const open = { sha256: null, blob: null, blob_frames: null, due_at: 1 };
    await output.putStream(tx, { ...names, ...state, ...open, updated_at: 1, change_seq });
  });
  const key = streamWakeKey(STREAM);
  await assert.rejects(createOutputSealer(dying).reconcile(key, clock.now()), /killed/);
  await createOutputSealer(run).reconcile(key, clock.now());

  const row = await database.read((tx) => output.findStream(tx, STREAM));
  const kept = readdirSync(join(directory.path, 'blobs'), { recursive: true, withFileTypes: true });
  assert.deepEqual(
    kept.filter((entry) => entry.isFile()).map((entry) => entry.name),
    [row?.blob],
  );
  const [frame, ...more] = JSON.parse(row?.blob_frames ?? '[]') as BlobFrame[];
  assert.ok(frame !== undefined && row !== undefined && more.length === 0);
  assert.ok((await readFrame(run, row, frame)).equals(bytes));
});
