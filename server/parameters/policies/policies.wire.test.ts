// Parameter policies on the composed server under a simulated clock: what expires goes at its moment and is on record, each notice is given once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { JournalTables } from '../../platform/journal/tables.ts';
import { tables } from '../../platform/store/index.ts';

const simulation = new Simulation({ seed: 16 });
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
type Input = Readonly<Record<string, unknown>>;

before(() => simulation.start());
after(() => simulation.stop());

async function call(operation: string, input: Input) {
  const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now() };
  return callOperation({ ...caller, credentials: simulation.administrator }, 'ssm', operation, input);
}
const policy = (Type: string, Attributes: Input) => ({ Type, Version: '1.0', Attributes });
const inMs = (ms: number) => new Date(simulation.clock.now().getTime() + ms).toISOString();
async function put(Name: string, policies: readonly Input[], more: Input = {}) {
  const Policies = JSON.stringify(policies);
  const answer = await call('PutParameter', { Name, Value: 'v', Type: 'String', Tier: 'Advanced', Policies, ...more });
  assert.equal(answer.status, 200, answer.body);
}
const isThere = async (Name: string) => (await call('GetParameter', { Name })).code === '';
const advance = async (ms: number) => {
  await simulation.clock.advance(ms);
  await simulation.clock.settle();
};

test('an expiration takes its parameter at its moment, and is on record', async () => {
  const Timestamp = inMs(30 * SECOND);
  await put('/exp/a', [policy('Expiration', { Timestamp })], { Type: 'SecureString', Value: 'nobody-is-told-this' });
  await advance(29 * SECOND);
  assert.equal(await isThere('/exp/a'), true);
  await advance(1 * SECOND);
  assert.equal(await isThere('/exp/a'), false);
  const records = await simulation.database.read((tx) =>
    tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().where('event_name', '=', 'DeleteParameter').execute(),
  );
  assert.deepEqual(
    records.map(({ event_source: source, audit_class: audit, request_parameters: asked }) => [source, audit, JSON.parse(asked)]),
    [['ssm.amazonaws.com', 'write', { name: '/exp/a', reason: 'Expiration' }]],
  );
  assert.doesNotMatch(JSON.stringify(records), /nobody-is-told-this/);
});

test('it is at its moment too when that is hours away, and when the server looks again only once', async () => {
  await put('/exp/b', [policy('Expiration', { Timestamp: inMs(3 * HOUR + 1_500) })]);
  await advance(3 * HOUR + 1_000);
  assert.equal(await isThere('/exp/b'), true);
  await advance(500);
  assert.equal(await isThere('/exp/b'), false);
});

test('policies that replace others are what counts; a put without any keeps them, and [{}] takes them away', async () => {
  await put('/exp/c', [policy('Expiration', { Timestamp: inMs(2 * HOUR) })]);
  await put('/exp/d', [policy('Expiration', { Timestamp: inMs(2 * HOUR) })]);
  await put('/exp/e', [policy('Expiration', { Timestamp: inMs(2 * HOUR) })]);
  await put('/exp/c', [policy('Expiration', { Timestamp: inMs(4 * HOUR) })], { Overwrite: true });
  assert.equal((await call('PutParameter', { Name: '/exp/d', Value: 'w', Overwrite: true })).status, 200);
  await put('/exp/e', [{}], { Overwrite: true });
  await advance(2 * HOUR);
  assert.deepEqual([await isThere('/exp/c'), await isThere('/exp/d'), await isThere('/exp/e')], [true, false, true]);
  await advance(2 * HOUR);
  assert.deepEqual([await isThere('/exp/c'), await isThere('/exp/e')], [false, true]);
});

test('a notice is given at its hour, once', async () => {
  const quiet = policy('NoChangeNotification', { After: '1', Unit: 'Hours' });
  const before = policy('ExpirationNotification', { Before: '2', Unit: 'Hours' });
  await put('/exp/f', [policy('Expiration', { Timestamp: inMs(5 * HOUR) }), before, quiet]);
  const statuses = async () => {
    const { body } = await call('DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: ['/exp/f'] }] });
    const [shown] = (JSON.parse(body) as { Parameters: { Policies: { PolicyStatus: string }[] }[] }).Parameters;
    return shown?.Policies.map(({ PolicyStatus }) => PolicyStatus);
  };
  await advance(HOUR - 1);
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Pending']);
  await advance(1);
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Finished']);
  await advance(2 * HOUR);
  assert.deepEqual(await statuses(), ['Pending', 'Finished', 'Finished']);
});

test('many that are due at one moment all go, and one that is due in the past goes at once', async () => {
  const Timestamp = inMs(10 * SECOND);
  for (let at = 0; at < 250; at += 1) await put(`/exp/many/${at}`, [policy('Expiration', { Timestamp })]);
  await put('/exp/past', [policy('Expiration', { Timestamp: inMs(-HOUR) })]);
  await advance(1);
  assert.equal(await isThere('/exp/past'), false);
  await advance(10 * SECOND);
  const { body } = await call('GetParametersByPath', { Path: '/exp/many' });
  assert.deepEqual((JSON.parse(body) as { Parameters: unknown[] }).Parameters, []);
});
