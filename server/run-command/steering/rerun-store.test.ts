// Which invocations a rerun takes, on every database: in node order, page by page, of the wanted states, and none that ended later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import type { FinalState } from '../command.ts';
import { migrations } from '../index.ts';
import { finalInvocations } from './rerun-store.ts';
import { invocation, keyOf } from '../rows.fixture.ts';
import * as store from '../store.ts';

const NODES = 60;
const STATES = ['Success', 'Failed', 'Cancelled', 'InProgress', 'Terminated'] as const;

eachDatabase((_kind, open) => {
  test('the final invocations of a command come page after page, each once, those of a later epoch left out', async () => {
    await using database = await open([migrations]);
    const rows = Array.from({ length: NODES }, (_, n) =>
      invocation(1, n, { state: STATES[n % STATES.length] ?? 'Success', final_epoch: n % 3 }),
    );
    await database.write('test', (tx) => store.insertInvocations(tx, [...rows, invocation(2, 1, { state: 'Failed' })]));
    const wanted: readonly FinalState[] = ['Failed', 'Terminated'];
    for (const epoch of [0, 1, 2]) {
      const found: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await database.read((tx) => finalInvocations(tx, keyOf(1), wanted, epoch, after, 7));
        found.push(...page.nodeIds);
        if (page.complete) break;
        after = page.last;
      }
      const expected = rows.filter((row) => (wanted as readonly string[]).includes(row.state) && row.final_epoch <= epoch);
      assert.deepEqual(
        found,
        expected.map((row) => row.node_id),
      );
    }
  });
});
