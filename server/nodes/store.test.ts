// What a list costs: every page of DescribeInstanceInformation and of the reconciler is a walk along an index, in order, without sorting
// and without reading the fleet; shown by the query plans and by a fleet of 50,000.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { CompiledQuery } from 'kysely';
import { queries, tables } from '../platform/store/index.ts';
import type { Database } from '../platform/store/index.ts';
import { migrations } from './index.ts';
import * as store from './store.ts';
import type { ColumnFilter } from './store.ts';
import type { NodeRow, NodeTables } from './tables.ts';

const FLEET = 10_000;
const id = (index: number): string => `mi-${index.toString(16).padStart(17, '0')}`;

async function fillFleet(database: Database): Promise<void> {
  const node = (index: number): NodeRow => ({
    ...testScope,
    node_id: id(index),
    activation_id: `activation-${index % 50}`,
    iam_role: 'MusterNode',
    name: null,
    registered_at: 0,
    fingerprint: 'f',
    public_key: 'k',
    public_key_at: 0,
    previous_keys: '[]',
    agent_name: 'amazon-ssm-agent',
    agent_version: index === FLEET - 1 ? '9.9.9.9' : '3.3.0.0',
    agent_status: 'Active',
    platform_type: index % 10 === 0 ? 'Windows' : 'Linux',
    platform_name: 'Debian',
    platform_version: '12',
    computer_name: `host-${index}`,
    ip_address: '10.0.0.1',
    last_ping_at: 1_000_000 + index,
    ping_status: 'Online',
  });
  for (let start = 0; start < FLEET; start += 1000)
    await database.write('test.fill', (tx) =>
      tables<NodeTables>(tx)
        .insertInto('nodes_node')
        .values(Array.from({ length: 1000 }, (_, at) => node(start + at)))
        .execute(),
    );
}

async function planOf(database: Database, query: { compile(): CompiledQuery }): Promise<string> {
  const { sql, parameters } = query.compile();
  const rows = await database.read(async (tx) => {
    const plan = await tables<NodeTables>(tx).executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    return plan.rows;
  });
  return rows.map(({ detail }) => detail).join('; ');
}

test('every page walks an index in node order, whatever the filter', async () => {
  await using database = await openTestDatabase([migrations]);
  await fillFleet(database);
  const db = queries<NodeTables>(database);
  const filters: [ColumnFilter[], number][] = [
    [[], 51],
    [[{ column: 'agent_version', values: ['9.9.9.9'] }], 1],
    [[{ column: 'platform_type', values: ['Windows', 'Linux'] }], 51],
    [[{ column: 'ping_status', values: ['ConnectionLost'] }], 0],
    [[{ column: 'iam_role', values: ['MusterNode'] }], 51],
    [[{ column: 'activation_id', values: ['activation-7'] }], 51],
    [[{ column: 'node_id', values: [id(1), id(4000)] }], 2],
  ];
  for (const [columns, expected] of filters) {
    const name = columns[0]?.column ?? 'none';
    for (const after of [undefined, id(100)]) {
      for (const query of store.pageQueries(db, testScope, columns, after, 51)) {
        const plan = await planOf(database, query);
        assert.match(plan, /^SEARCH nodes_node USING INDEX \S+ \((account=\? AND region=\?|node_id=\?\))/, `${name}: ${plan}`);
        assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/, `${name}: a page must not sort or scan: ${plan}`);
        if (columns.length > 0 && name !== 'node_id')
          assert.match(plan, new RegExp(`${name}=\\?`), `${name} must be walked by its index: ${plan}`);
      }
    }
    const page = await database.read((tx) => store.pageNodes(tx, testScope, columns, undefined, 51));
    assert.equal(page.length, expected, name);
  }
});

test('overdue nodes are found by an index, oldest first, over all scopes', async () => {
  await using database = await openTestDatabase([migrations]);
  await fillFleet(database);
  const overdue = await database.read((tx) => store.findOverdue(tx, new Date(1_000_003), 500));
  assert.deepEqual(
    overdue.map((node) => node.nodeId),
    [id(0), id(1), id(2)],
  );
  const db = queries<NodeTables>(database);
  const query = db
    .selectFrom('nodes_node')
    .select(['node_id', 'last_ping_at'])
    .where('ping_status', '=', 'Online')
    .where('last_ping_at', '<', 5)
    .orderBy('last_ping_at')
    .limit(1);
  assert.match(
    await planOf(database, query),
    /^SEARCH nodes_node USING INDEX nodes_node_silent \(ping_status=\? AND last_ping_at<\?\)$/,
  );
});
