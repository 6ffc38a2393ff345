// Retention on every database: what is old enough goes whole, what is younger, live or shared stays, and a crash between two chunks is made up for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { eachDatabase, openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { CompiledQuery } from 'kysely';
import { type Database, queries, tables } from '../../platform/store/index.ts';
import { createMetrics } from '../../platform/telemetry/index.ts';
import { migrations } from '../index.ts';
import { createRetention } from './retention.ts';
import { finishedQuery } from './retention-store.ts';
import { command, commandOf, elsewhere, invocation, keyOf, nodeOf, range, step, write } from '../rows.fixture.ts';
import * as store from '../store.ts';
import type { RunCommandTables } from '../tables.ts';

const DAY = 86_400_000;
const START = new Date('2026-01-01T00:00:00Z');

async function setUp(database: Database, days: number) {
  const clock = createSimulatedClock(START);
  const metrics = createMetrics();
  const retention = createRetention({
    database,
    clock,
    metrics,
    days,
  });
  const finishedAt = (n: number) => ({ state: 'Success', success: 450, finished_at: START.getTime() + n * DAY }) as const;
  await write(database, async (tx) => {
    for (const n of [1, 2, 3]) {
      const content = { document_hash: n === 1 ? 'alone' : 'shared' };
      await store.insertCommand(tx, command(n, { ...finishedAt(n), ...content }), 'content');
      await store.insertInvocations(
        tx,
        range(450).map((node) => invocation(n, node, { state: 'Success' })),
      );
      await store.putSteps(
        tx,
        range(450).map((node) => step(n, node, 'one')),
      );
    }
    const stream = { step_name: 'one', stream: 'stdout', next_offset: 3, kept_bytes: 3, gaps: '[]', ended: 1, loose: 0 } as const;
    for (const n of [1, 3]) {
      await tables<RunCommandTables>(tx)
        .insertInto('run_command_stream')
        .values(
          range(120).map((node) => ({
            ...testScope,
            command_id: commandOf(n),
            node_id: nodeOf(node),
            ...stream,
            updated_at: 1,
            change_seq: 1,
            sha256: null,
            blob: null,
            blob_frames: null,
            due_at: null,
          })),
        )
        .execute();
    }
    await store.insertCommand(tx, command(4, { finished_at: null, document_hash: 'live' }), 'content');
    await store.insertInvocations(tx, [invocation(4, 0)]);
    await store.insertCommand(tx, command(1, { ...elsewhere, ...finishedAt(20) }), 'content');
  });
  /** What the driver does at a look. */
  const look = async () => {
    for (const key of await retention.due(clock.now(), 100)) {
      while ((await retention.reconcile(key, clock.now())) !== undefined);
    }
  };
  return { clock, metrics, look };
}

async function left(database: Database) {
  return database.read(async (tx) => {
    const from = tables<RunCommandTables>(tx);
    const of = async (name: 'run_command_command' | 'run_command_invocation' | 'run_command_step' | 'run_command_stream') => {
      const rows = await from.selectFrom(name).select(['region', 'command_id']).execute();
      return [
        ...new Set(rows.map((row) => `${row.region === elsewhere.region ? 'elsewhere ' : ''}${row.command_id}`)),
      ].toSorted();
    };
    const contents = await from.selectFrom('run_command_content').select('hash').execute();
    return {
      commands: await of('run_command_command'),
      invocations: await of('run_command_invocation'),
      steps: await of('run_command_step'),
      output: await of('run_command_stream'),
      contents: contents.map((row) => row.hash).toSorted(),
    };
  });
}

eachDatabase((_kind, open) => {
  test('finished commands go after their days, whole; live ones, younger ones and shared contents stay', async () => {
    await using database = await open([migrations]);
    const it = await setUp(database, 30);
    const everything = await left(database);
    await it.clock.advance(30 * DAY);
    await it.look();
    assert.deepEqual(await left(database), everything, 'none is older than 30 days');

    await it.clock.advance(2 * DAY + 1);
    await it.look();
    assert.deepEqual(await left(database), {
      commands: [commandOf(3), commandOf(4), `elsewhere ${commandOf(1)}`],
      invocations: [commandOf(3), commandOf(4)],
      steps: [commandOf(3)],
      output: [commandOf(3)],
      contents: ['hash', 'live', 'shared'],
    });
    assert.match(it.metrics.render(), /muster_run_command_forgotten_commands_total 2\n/);
    assert.match(it.metrics.render(), /muster_run_command_forgotten_invocations_total 900\n/);
  });

  test('a removal that was interrupted goes on at the next look', async () => {
    await using database = await open([migrations]);
    const it = await setUp(database, 30);
    await it.clock.advance(31 * DAY + 1);
    await write(database, async (tx) => {
      await tables<RunCommandTables>(tx).deleteFrom('run_command_invocation').where('command_id', '=', commandOf(1)).execute();
    });
    await it.look();
    const { commands, contents } = await left(database);
    assert.deepEqual([commands.includes(commandOf(1)), contents.includes('alone')], [false, false]);
    assert.equal(await database.read((tx) => store.findCommand(tx, keyOf(1))), undefined);
  });

  test('0 days: nothing is ever taken away; the age is told all the same', async () => {
    await using database = await open([migrations]);
    const it = await setUp(database, 0);
    const everything = await left(database);
    await it.clock.advance(4_000 * DAY);
    await it.look();
    assert.deepEqual(await left(database), everything);
    assert.match(it.metrics.render(), new RegExp(`muster_run_command_oldest_finished_seconds ${3_999 * 86_400}\\n`));
  });
});

test('sqlite: old commands are found by an index', async () => {
  await using database = await openTestDatabase([migrations]);
  const { sql, parameters } = finishedQuery(queries<RunCommandTables>(database), 1, 10).compile();
  const plan = await database.read((tx) =>
    tables<RunCommandTables>(tx).executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    ),
  );
  assert.match(
    plan.rows.map(({ detail }) => detail).join('; '),
    /^SEARCH run_command_command USING INDEX run_command_command_finished \([^;]*\)$/,
  );
});
