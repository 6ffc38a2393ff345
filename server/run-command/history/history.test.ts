// What lists answer, on every database, against a plain filter over all rows; and what they cost: every statement of a page walks one index in
// its order, so that a page costs the same with ten million invocations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase, openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { CompiledQuery } from 'kysely';
import { type Database, queries, tables } from '../../platform/store/index.ts';
import {
  type CommandState,
  countOf,
  FINAL_STATES,
  type InvocationState,
  LIVE_STATES,
  NO_COUNTS,
  type CountName,
} from '../command.ts';
import { commandQuery, listCommands, nodeHistoryQuery } from './command-list-store.ts';
import { type CommandFilter, type InvocationFilter, newestFirst, type Page, type Placed, type Position } from './history.ts';
import { invocationsOfCommandQuery, invocationsOfNodeQuery, listInvocations } from './invocation-list-store.ts';
import { migrations } from '../index.ts';
import { command, commandOf, elsewhere, invocation, MINUTE, nodeOf, range, write } from '../rows.fixture.ts';
import * as store from '../store.ts';
import type { CommandRow, InvocationRow, RunCommandTables } from '../tables.ts';

const COMMAND_STATES = ['Success', 'Failed', 'InProgress', 'Cancelled'] as const;
/** Of the invocations of a command: some have all of one kind, some a mixture, some kinds share a counter. */
const PATTERNS: readonly (readonly InvocationState[])[] = [
  ['Success'],
  ['Success', 'Failed'],
  ['Pending', 'InProgress', 'Delayed'],
  ['Undeliverable'],
  ['AccessDenied', 'Success', 'Terminated'],
  [],
];

/** Twenty-four commands, two a minute (so that pages must break ties), of two documents, to up to five of seven nodes. */
async function fillHistory(database: Database): Promise<void> {
  await write(database, async (tx) => {
    for (const n of range(24)) {
      const common = { requested_at: Math.floor(n / 2) * MINUTE, document_name: n % 3 === 0 ? 'Other' : 'AWS-RunShellScript' };
      const pattern = PATTERNS[n % PATTERNS.length] ?? [];
      const rows = pattern.length === 0 ? [] : range(5).map((index) => placedInvocation(n, index, pattern, common));
      const counts: Partial<Record<(typeof store.COUNT_COLUMNS)[CountName], number>> = {};
      for (const row of rows) {
        const column = store.COUNT_COLUMNS[countOf(row.state)];
        counts[column] = (counts[column] ?? 0) + 1;
      }
      await store.insertCommand(tx, command(n, { ...common, state: COMMAND_STATES[n % 4] ?? 'Success', ...counts }), 'content');
      await store.insertInvocations(tx, rows);
    }
    await store.insertCommand(tx, command(0, { ...elsewhere, success: 1 }), 'content');
    await store.insertInvocations(tx, [invocation(0, 0, { ...elsewhere, state: 'Success' })]);
  });
}

function placedInvocation(n: number, index: number, pattern: readonly InvocationState[], common: object): InvocationRow {
  return invocation(n, (n + index) % 7, { ...common, state: pattern[index % pattern.length] ?? 'Success' });
}

/** All pages, one after another; a row that comes twice or never shows in the result. */
async function allPages<Row>(page: (after: Position | undefined) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: Position | undefined; ;) {
    const { rows: found, next } = await page(after);
    rows.push(...found);
    if (next === undefined) return rows;
    after = next;
  }
}

/** Every combination of one value of each. */
function* combinations<Filter>(choices: { readonly [Key in keyof Filter]: readonly Filter[Key][] }): Generator<Partial<Filter>> {
  let made: Partial<Filter>[] = [{}];
  for (const [key, values] of Object.entries(choices) as [keyof Filter, readonly unknown[]][]) {
    made = made.flatMap((filter) => values.map((value) => (value === undefined ? filter : { ...filter, [key]: value })));
  }
  yield* made;
}

const SHARED = {
  nodeId: [undefined, nodeOf(2)],
  documentName: [undefined, 'Other'],
  afterMs: [undefined, 3 * MINUTE],
  beforeMs: [undefined, 9 * MINUTE],
} as const;

function fits(row: { document_name: string; requested_at: number; command_id: string }, filter: Omit<CommandFilter, 'states'>) {
  return (
    (filter.commandId === undefined || row.command_id === filter.commandId) &&
    (filter.documentName === undefined || row.document_name === filter.documentName) &&
    (filter.afterMs === undefined || row.requested_at >= filter.afterMs) &&
    (filter.beforeMs === undefined || row.requested_at < filter.beforeMs)
  );
}

const keysOf = (rows: readonly Placed[]): string[] => rows.map((row) => `${row.command_id} ${row.node_id ?? ''}`);

eachDatabase((_kind, open) => {
  test('every combination of filters lists the commands that match, newest first, page after page', async () => {
    await using database = await open([migrations]);
    await fillHistory(database);
    const { commands, invocations } = await everything(database);
    const sentTo = new Set(invocations.map((row) => `${row.command_id} ${row.node_id}`));
    const states: readonly (readonly CommandState[] | undefined)[] = [undefined, ['Success'], ['Failed', 'Cancelled'], []];
    for (const filter of combinations<CommandFilter>({ commandId: [undefined, commandOf(9)], states, ...SHARED })) {
      const expected = commands
        .filter(
          (row) =>
            fits(row, filter) &&
            (filter.states?.includes(row.state) ?? true) &&
            (filter.nodeId === undefined || sentTo.has(`${row.command_id} ${filter.nodeId}`)),
        )
        .toSorted(newestFirst);
      for (const limit of [1, 4, 50]) {
        const found = await allPages((after) => database.read((tx) => listCommands(tx, testScope, filter, after, limit)));
        assert.deepEqual(keysOf(found), keysOf(expected), `${JSON.stringify(filter)}, pages of ${limit}`);
      }
    }
  });

  test('every combination of filters lists the invocations that match: newest first, those of one command in node order', async () => {
    await using database = await open([migrations]);
    await fillHistory(database);
    const { invocations } = await everything(database);
    const states: readonly (readonly InvocationState[] | undefined)[] = [
      undefined,
      ['Success'],
      ['AccessDenied'],
      ['Failed', 'Terminated', 'Undeliverable', 'InvalidPlatform', 'AccessDenied'],
      LIVE_STATES,
      FINAL_STATES,
      [],
    ];
    const commandIds = [undefined, commandOf(1), commandOf(15)];
    for (const filter of combinations<InvocationFilter>({ commandId: commandIds, states, ...SHARED })) {
      const ordered = invocations
        .filter(
          (row) =>
            fits(row, filter) &&
            (filter.states?.includes(row.state) ?? true) &&
            (filter.nodeId === undefined || row.node_id === filter.nodeId),
        )
        .toSorted(newestFirst);
      const expected = filter.commandId === undefined ? ordered : ordered.toReversed();
      for (const limit of [1, 7, 50]) {
        if (limit === 1 && filter.afterMs !== undefined) continue;
        const found = await allPages((after) => database.read((tx) => listInvocations(tx, testScope, filter, after, limit)));
        assert.deepEqual(keysOf(found), keysOf(expected), `${JSON.stringify(filter)}, pages of ${limit}`);
      }
    }
  });
});

test('a rare match far back costs pages that are short, never one that is long', async () => {
  await using database = await openTestDatabase([migrations]);
  const last = 9_000;
  await write(database, async (tx) => {
    for (const n of range(last + 1)) {
      const document = { document_name: n === 0 ? 'Rare' : 'AWS-RunShellScript', success: 1, state: 'Success' } as const;
      await store.insertCommand(tx, command(n, document), 'content');
    }
    await store.insertInvocations(
      tx,
      range(last + 1).map((n) => invocation(n, 1, { document_name: n === 0 ? 'Rare' : 'AWS-RunShellScript', state: 'Success' })),
    );
  });
  for (const filter of [{ documentName: 'Rare' }, { documentName: 'Rare', states: ['Success'] as const }]) {
    let pages = 0;
    const found = await allPages((after) => {
      pages++;
      return database.read((tx) => listInvocations(tx, testScope, { nodeId: nodeOf(1), ...filter }, after, 50));
    });
    assert.deepEqual(keysOf(found), [`${commandOf(0)} ${nodeOf(1)}`]);
    assert.ok(pages > 1, `${pages} pages`);
  }
  const everywhere = await database.read((tx) => listInvocations(tx, testScope, { documentName: 'Rare' }, undefined, 50));
  assert.deepEqual(keysOf(everywhere.rows), [`${commandOf(0)} ${nodeOf(1)}`]);
});

async function everything(database: Database): Promise<{ commands: CommandRow[]; invocations: InvocationRow[] }> {
  return database.read(async (tx) => {
    const from = tables<RunCommandTables>(tx);
    const { region } = testScope;
    return {
      commands: await from.selectFrom('run_command_command').selectAll().where('region', '=', region).execute(),
      invocations: await from.selectFrom('run_command_invocation').selectAll().where('region', '=', region).execute(),
    };
  });
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

/** `SEARCH table USING INDEX name (…)` and nothing else: no scan, no sort. */
function walks(plan: string, index: string): boolean {
  return new RegExp(`^SEARCH \\S+ USING (COVERING )?INDEX ${index} \\([^;]*\\)$`).test(plan);
}

test('sqlite: each statement of a page walks the index that knows its filter, without scanning or sorting', async () => {
  await using database = await openTestDatabase([migrations]);
  const db = queries<RunCommandTables>(database);
  const wrong: string[] = [];
  const expect = async (index: string, query: { compile(): CompiledQuery }) => {
    const plan = await planOf(database, query);
    if (!walks(plan, index)) wrong.push(`${index}: ${plan}`);
  };
  await expect('run_command_command_due', store.dueQuery(db, 5, 10));
  const position: Position = { at: 5 * MINUTE, commandId: commandOf(5), nodeId: nodeOf(5) };
  for (const after of [undefined, position]) {
    for (const times of [{}, { afterMs: 1 }, { beforeMs: 9 }, { afterMs: 1, beforeMs: 9 }]) {
      const page = (filter: object) => commandQuery(db, testScope, { ...times, ...filter }, after, 51).selectAll();
      await expect('run_command_command_by_time', page({}));
      await expect('run_command_command_by_document', page({ documentName: 'Other' }));
      await expect('run_command_command_by_state', page({ state: 'Failed' }));
      await expect('run_command_command_by_document_state', page({ documentName: 'Other', state: 'Failed' }));
      for (const having of Object.keys(NO_COUNTS) as CountName[]) {
        const index = `run_command_command_with_${store.COUNT_COLUMNS[having]}`;
        await expect(index, page({ having }));
        await expect(`${index}_by_document`, page({ documentName: 'Other', having }));
      }
      await expect('run_command_invocation_by_node', nodeHistoryQuery(db, testScope, nodeOf(1), times, after, 51));
      const ofNode = (state: InvocationState | undefined) =>
        invocationsOfNodeQuery(db, testScope, nodeOf(1), state, times, after, 51);
      await expect('run_command_invocation_by_node', ofNode(undefined));
      await expect('run_command_invocation_not_success', ofNode('Failed'));
    }
    for (const direction of ['asc', 'desc'] as const) {
      const ofCommand = (state: InvocationState | undefined) =>
        invocationsOfCommandQuery(db, testScope, commandOf(1), state, direction, after?.nodeId, 51);
      await expect('run_command_invocation_by_state', ofCommand('Failed'));
      await expect('sqlite_autoindex_run_command_invocation_1', ofCommand(undefined));
    }
  }
  assert.deepEqual(wrong, []);
});
