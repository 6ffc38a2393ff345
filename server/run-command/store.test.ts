// Every statement of Run Command on every database, and what lists cost: each page and each look-up of due commands walks an index.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eachDatabase, openTestDatabase } from '@muster/testkit/database.ts';
import { scopeOf, testScope } from '@muster/testkit/request-context.ts';
import { CompiledQuery } from 'kysely';
import type { CommandId, NodeId, Scope } from '../platform/ids.ts';
import { queries, type ReadTx, tables } from '../platform/store/index.ts';
import type { Database, Tx } from '../platform/store/index.ts';
import type { InvocationState } from './command.ts';
import { migrations } from './index.ts';
import { justMade } from './new-command.ts';
import * as store from './store.ts';
import type { CommandRow, InvocationRow, RunCommandTables, StepRow } from './tables.ts';

const MINUTE = 60_000;
const elsewhere = scopeOf('123456789012', 'eu-central-1');
const commandOf = (n: number): string => `ecf18122-5192-40cf-9ab5-${String(n).padStart(12, '0')}`;
const nodeOf = (n: number): NodeId => `mi-${String(n).padStart(17, '0')}` as NodeId;
const keyOf = (n: number, scope: Scope = testScope): store.CommandKey => ({ ...scope, commandId: commandOf(n) as CommandId });

function command(n: number, change: Partial<CommandRow> = {}): CommandRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    document_name: 'AWS-RunShellScript',
    document_version: '$DEFAULT',
    document_hash: 'hash',
    comment: 'né "à" 日本',
    parameters: '{}',
    agent_parameters: '{}',
    instance_ids: '[]',
    targets: '[]',
    requested_at: n * MINUTE,
    expires_at: 1_900_000_000_000,
    timeout_seconds: 3_600,
    max_concurrency: '50',
    max_errors: '0',
    requested_by: '{}',
    ...justMade(new Date(0)),
    state: 'InProgress',
    resolved: 1,
    due_at: null,
    ...change,
  };
}

function invocation(n: number, node: number, change: Partial<InvocationRow> = {}): InvocationRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    node_id: nodeOf(node),
    state: 'Pending',
    computer_name: `host-${node}`,
    platform_type: 'Linux',
    document_name: 'AWS-RunShellScript',
    requested_at: n * MINUTE,
    dispatched_at: null,
    delivered_at: null,
    finished_at: null,
    trace: '',
    final_epoch: 0,
    cancelled_by: null,
    ...change,
  };
}

function step(n: number, node: number, name: string, change: Partial<StepRow> = {}): StepRow {
  return {
    ...testScope,
    command_id: commandOf(n),
    node_id: nodeOf(node),
    step_name: name,
    plugin: 'aws:runShellScript',
    status: 'InProgress',
    code: -1,
    started_at: 1_900_000_000_000,
    ended_at: null,
    output: 'out',
    stdout: 'a',
    stderr: 'b',
    ...change,
  };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const write = <R>(database: Database, work: (tx: Tx) => Promise<R>): Promise<R> => database.write('test', work);
const nodesOf = (rows: readonly { readonly node_id: string }[]): string[] => rows.map((row) => row.node_id);
const commandsOf = (rows: readonly { readonly command_id: string }[]): string[] => rows.map((row) => row.command_id);

/** Twelve commands, two a minute (so that pages must break ties), of two documents and four states, each to three of five nodes. */
async function fillHistory(database: Database): Promise<void> {
  const states = ['Success', 'Failed', 'InProgress', 'Cancelled'] as const;
  await write(database, async (tx) => {
    for (const n of range(12)) {
      const common = {
        requested_at: Math.floor(n / 2) * MINUTE,
        document_name: n % 3 === 0 ? 'Other' : 'AWS-RunShellScript',
        state: states[n % 4] ?? 'Success',
      };
      await store.insertCommand(tx, command(n, common), 'content');
      await store.insertInvocations(
        tx,
        range(3).map((index) => invocation(n, (n + index) % 5, common)),
      );
    }
    await store.insertCommand(tx, command(0, elsewhere), 'content');
    await store.insertInvocations(tx, [invocation(0, 0, elsewhere)]);
  });
}

/** All pages, one after another; a row that comes twice or never shows in the result. */
async function allPages<Row extends { requested_at: number; command_id: string; node_id?: string }>(
  page: (after: store.Position | undefined) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: store.Position | undefined; ;) {
    const next = await page(after);
    const last = next.at(-1);
    if (last === undefined) return rows;
    rows.push(...next);
    after = { at: last.requested_at, commandId: last.command_id, nodeId: last.node_id ?? '' };
  }
}

const COMMAND_FILTERS: readonly (readonly [string, store.CommandFilter, (n: number) => boolean])[] = [
  ['none', {}, () => true],
  ['the command', { commandId: commandOf(5) }, (n) => n === 5],
  ['a node', { nodeId: nodeOf(2) }, (n) => range(3).some((index) => (n + index) % 5 === 2)],
  ['states', { states: ['Success', 'Cancelled'] }, (n) => n % 4 === 0 || n % 4 === 3],
  ['no state', { states: [] }, () => false],
  ['a document', { documentName: 'Other' }, (n) => n % 3 === 0],
  ['after', { afterMs: 3 * MINUTE }, (n) => n >= 6],
  ['before', { beforeMs: 3 * MINUTE }, (n) => n < 6],
  [
    'everything',
    {
      nodeId: nodeOf(2),
      states: ['Success', 'Failed'],
      documentName: 'AWS-RunShellScript',
      afterMs: MINUTE,
      beforeMs: 5 * MINUTE,
    },
    (n) => range(3).some((index) => (n + index) % 5 === 2) && n % 4 < 2 && n % 3 !== 0 && n >= 2 && n < 10,
  ],
];

eachDatabase((kind, open) => {
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
    assert.deepEqual(await read(7), invocation(1, 7, { state: 'Success', finished_at: 3, trace: 'told' }));
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
    const { stdout: _stdout, stderr: _stderr, ...summary } = later;
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
      { node_id: nodeOf(3), step_name: 'one', status: 'Success', ended_at: 1_900_000_000_001 },
    );
  });

  describe('commands are listed newest first, page after page, none twice and none left out', () => {
    for (const [name, filter, matches] of COMMAND_FILTERS) {
      test(`filter: ${name}`, async () => {
        await using database = await open([migrations]);
        await fillHistory(database);
        const expected = range(12).filter(matches).toReversed().map(commandOf);
        for (const limit of [1, 5, 50]) {
          const page = (after: store.Position | undefined) =>
            database.read((tx) => store.listCommands(tx, testScope, filter, after, limit));
          assert.deepEqual(commandsOf(await allPages(page)), expected, `pages of ${limit}`);
        }
      });
    }
  });

  test('invocations are listed newest first, those of one command in node order, page after page', async () => {
    await using database = await open([migrations]);
    await fillHistory(database);
    const all = await database.read((tx) =>
      tables<RunCommandTables>(tx)
        .selectFrom('run_command_invocation')
        .selectAll()
        .where('region', '=', testScope.region)
        .execute(),
    );
    const newestFirst = (a: InvocationRow, b: InvocationRow): number =>
      b.requested_at - a.requested_at || compare(b.command_id, a.command_id) || compare(b.node_id, a.node_id);
    const inNodeOrder = (a: InvocationRow, b: InvocationRow): number => compare(a.node_id, b.node_id);
    const filters: readonly (readonly [store.InvocationFilter, (row: InvocationRow) => boolean])[] = [
      [{}, () => true],
      [{ nodeId: nodeOf(2) }, (row) => row.node_id === nodeOf(2)],
      [{ states: ['Success', 'InProgress'] }, (row) => row.state === 'Success' || row.state === 'InProgress'],
      [{ states: [] }, () => false],
      [{ documentName: 'Other' }, (row) => row.document_name === 'Other'],
      [{ afterMs: 3 * MINUTE }, (row) => row.requested_at >= 3 * MINUTE],
      [{ beforeMs: 3 * MINUTE }, (row) => row.requested_at < 3 * MINUTE],
      [{ nodeId: nodeOf(1), states: ['Failed'] }, (row) => row.node_id === nodeOf(1) && row.state === 'Failed'],
    ];
    for (const [filter, matches] of filters) {
      for (const commandId of [undefined, commandOf(5)]) {
        const given = { ...filter, ...(commandId === undefined ? {} : { commandId }) };
        const expected = all
          .filter((row) => matches(row) && (commandId === undefined || row.command_id === commandId))
          .toSorted(commandId === undefined ? newestFirst : inNodeOrder);
        for (const limit of [1, 2, 50]) {
          const page = (after: store.Position | undefined) =>
            database.read((tx) => store.listInvocations(tx, testScope, given, after, limit));
          assert.deepEqual(await allPages(page), expected, `${JSON.stringify(given)}, pages of ${limit}, ${kind}`);
        }
      }
    }
  });
});

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function planOf(database: Database, query: { compile(): CompiledQuery }): Promise<string> {
  const { sql, parameters } = query.compile();
  const rows = await database.read(async (tx) => {
    const plan = await tables<RunCommandTables>(tx).executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    return plan.rows;
  });
  return rows.map(({ detail }) => detail).join('; ');
}

/** One row at most, found by its key: there is nothing to sort. */
const ONE_COMMAND = /^SEARCH i EXISTS .*node_id=\?\); SEARCH c .*command_id=\?\); USE TEMP B-TREE FOR ORDER BY$/;

test('sqlite: every page and the look-up of due commands walk an index, without scanning or sorting', async () => {
  await using database = await openTestDatabase([migrations]);
  const db = queries<RunCommandTables>(database);
  const position: store.Position = { at: 5 * MINUTE, commandId: commandOf(5), nodeId: nodeOf(5) };
  const shared = [
    {},
    { documentName: 'Other' },
    { afterMs: 1 },
    { beforeMs: 9 },
    { nodeId: nodeOf(1) },
    { commandId: commandOf(1) },
  ];
  const plans: [string, string][] = [['due', await planOf(database, store.dueQuery(db, 5, 10))]];
  for (const after of [undefined, position]) {
    for (const filter of [...shared, { states: ['Success', 'Failed'] as const }]) {
      for (const commandId of [undefined, commandOf(1)]) {
        const given = { ...filter, ...(commandId === undefined ? {} : { commandId }) };
        const name = `${JSON.stringify(given)}${after === undefined ? '' : ', a later page'}`;
        plans.push([`commands ${name}`, await planOf(database, store.commandPageQuery(db, testScope, given, after, 51))]);
        plans.push([`invocations ${name}`, await planOf(database, store.invocationPageQuery(db, testScope, given, after, 51))]);
      }
    }
  }
  const walks = /^SEARCH \S+ (EXISTS )?USING (COVERING )?INDEX \S+ \((account=\? AND region=\?|due_at)/;
  const wrong = plans.filter(([, plan]) => !walks.test(plan) || /SCAN|TEMP B-TREE/.test(plan.replace(ONE_COMMAND, '')));
  assert.deepEqual(wrong, []);
});
