// What strangers and nodes can do to the journal by being refused, over and over: leave a trace of it, and not fill the disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import type { Caller } from '@muster/testkit/signed-call.ts';
import type { JournalTables } from './platform/journal/tables.ts';
import { tables } from './platform/store/index.ts';

const CALLS = 200;
const RECORDED_MAX = 60;
const SENT = 60_000;
const ROW_MAX = 5_000;

test('refused calls of strangers and nodes are on record up to a bound, each in a short row', async () => {
  const simulation = new Simulation({ seed: 3 });
  try {
    await simulation.start();
    await simulation.enrol(1, [], () => 'silent');
    const credentials = simulation.nodes[0]?.registered.credentials;
    assert.ok(credentials !== undefined);
    const caller = () => ({ transport: simulation.network, region: 'us-east-1', now: simulation.clock.now() });
    const rows = () =>
      simulation.database.read((tx) =>
        tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().where('error_code', 'is not', null).execute(),
      );
    const guess = { ActivationId: 'a', ActivationCode: 'guessed-code-guessed-code', PublicKey: 'k', PublicKeyType: 'Rsa' };
    const large = { DocumentName: 'AWS-RunShellScript', Targets: [{ Key: 'tag:a', Values: ['b'.repeat(200)] }] };
    const content = { Name: 'Doc', Content: 'x'.repeat(SENT) };
    const storm = async () => {
      for (let call = 0; call < CALLS; call++) {
        await callOperation(caller(), 'ssm', 'RegisterManagedInstance', guess);
        const as: Caller = { ...caller(), credentials };
        const [operation, input] = call % 2 === 0 ? (['SendCommand', large] as const) : (['CreateDocument', content] as const);
        assert.equal((await callOperation(as, 'ssm', operation, input)).code, 'AccessDeniedException');
      }
      await simulation.clock.advance(2_000);
    };

    await storm();
    const first = await rows();
    const byName = Map.groupBy(first, ({ event_name: name }) => (name === 'RegisterManagedInstance' ? 'stranger' : 'node'));
    assert.equal(byName.get('stranger')?.length, RECORDED_MAX);
    assert.equal(byName.get('node')?.length, RECORDED_MAX);
    for (const row of first) {
      assert.ok(JSON.stringify(row).length < ROW_MAX, `${JSON.stringify(row).length} characters`);
      assert.ok(!JSON.stringify(row).includes('guessed-code'));
      JSON.parse(row.request_parameters);
    }
    await simulation.clock.advance(60_000);
    await storm();
    assert.equal((await rows()).length, 2 * first.length);
    // An operator's own are never left out.
    for (let call = 0; call < CALLS; call++) await simulation.call('DescribeDocument', { Name: 'Missing' });
    await simulation.clock.advance(2_000);
    assert.equal((await rows()).length, 2 * first.length + CALLS);
  } finally {
    await simulation.stop();
  }
});
