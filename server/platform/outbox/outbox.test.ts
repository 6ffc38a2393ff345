// The outbox through its door, relayed by a real driver on every database.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, quietLog } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import type { AccountId, Region } from '../ids.ts';
import { createReconcileDriver, type ReconcileDriver } from '../reconcile/driver.ts';
import { migrations as leases } from '../reconcile/migrations/index.ts';
import type { Database } from '../store/index.ts';
import { createMetrics } from '../telemetry/prometheus.ts';
import { createOutbox, createOutboxRelay, migrations, type OutboxEvent, type OutboxSink } from './index.ts';
import { oldestEvents } from './store.ts';

const clock = createSimulatedClock();
clock.holdWhile(databasesAreBusy);
const ids = createSeededIds(1);
const scope = { account: '123456789012' as AccountId, region: 'eu-central-1' as Region };
const event = (n: number): OutboxEvent => ({
  ...scope,
  source: 'aws.ssm',
  detailType: 'EC2 Command Invocation Status-change Notification',
  detail: { n, status: 'Success' },
  resources: [`arn:aws:ssm:eu-central-1:123456789012:managed-instance/mi-${n}`],
  at: clock.now(),
});
const events = (count: number): OutboxEvent[] => Array.from({ length: count }, (_, n) => event(n));

function relaying(database: Database, sinks: OutboxSink[]): ReconcileDriver {
  const metrics = createMetrics();
  const relay = createOutboxRelay({ database, sinks, clock, metrics });
  const driver = createReconcileDriver({
    database,
    clock,
    ids,
    bus: createInProcessBus({ log: quietLog }),
    log: quietLog,
    metrics,
    replica: 'one',
    reconcilers: [relay],
  });
  driver.start();
  return driver;
}

function recordingSink(
  name: string,
): OutboxSink & { readonly taken: (OutboxEvent & { readonly id: string })[]; failing: boolean } {
  const sink = {
    name,
    taken: [] as (OutboxEvent & { readonly id: string })[],
    failing: false,
    deliver: (page: readonly (OutboxEvent & { readonly id: string })[]) => {
      if (sink.failing) return Promise.reject(new Error('full'));
      sink.taken.push(...page);
      return Promise.resolve();
    },
  };
  return sink;
}

eachDatabase((_kind, open) => {
  it('events reach every sink once, whole and in order, within two seconds of the commit', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const [left, right] = [recordingSink('left'), recordingSink('right')];
    const outbox = createOutbox({ clock, ids, sinks: [left, right] });
    const driver = relaying(database, [left, right]);
    await clock.settle();
    const put = events(1203);
    await database.write('test', (tx) => outbox.put(tx, put.slice(0, 1200)));
    await database.write('test', (tx) => outbox.put(tx, put.slice(1200)));
    await clock.advance(2000);
    assert.deepEqual(
      left.taken.map(({ id: _id, ...rest }) => rest),
      put,
    );
    assert.deepEqual(right.taken, left.taken);
    assert.deepEqual(
      left.taken.map(({ id }) => id),
      left.taken.map(({ id }) => id).toSorted(),
    );
    assert.equal(new Set(left.taken.map(({ id }) => id)).size, put.length);
    await clock.advance(5000);
    assert.equal(left.taken.length, put.length);
    await driver.stop();
  });

  it('a unit that fails puts nothing', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const sink = recordingSink('sink');
    const outbox = createOutbox({ clock, ids, sinks: [sink] });
    const driver = relaying(database, [sink]);
    await assert.rejects(
      database.write('test', async (tx) => {
        await outbox.put(tx, events(3));
        throw new Error('changed its mind');
      }),
    );
    await clock.advance(2000);
    assert.deepEqual(sink.taken, []);
    await driver.stop();
  });

  it('what one sink does not take stays, and reaches it when it takes again', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const [good, bad] = [recordingSink('good'), recordingSink('bad')];
    const outbox = createOutbox({ clock, ids, sinks: [good, bad] });
    bad.failing = true;
    const driver = relaying(database, [good, bad]);
    await database.write('test', (tx) => outbox.put(tx, events(2)));
    await clock.advance(3000);
    assert.deepEqual(bad.taken, []);
    assert.match(driver.status()[0]?.lastError ?? '', /sink bad did not take events/);
    bad.failing = false;
    await clock.advance(60_000);
    assert.equal(bad.taken.length, 2);
    assert.deepEqual([...new Set(good.taken.map(({ id }) => id))], [...new Set(bad.taken.map(({ id }) => id))]);
    await driver.stop();
  });

  it('without sinks nothing is written, and what an earlier server wrote is discarded, a bounded number a second', async () => {
    await using database = await open([leases, migrations], { inThread: true });
    const outbox = createOutbox({ clock, ids, sinks: [recordingSink('earlier')] });
    await database.write('test', (tx) => createOutbox({ clock, ids, sinks: [] }).put(tx, events(10)));
    assert.deepEqual(await database.read((tx) => oldestEvents(tx, 10)), []);
    for (let unit = 0; unit < 8; unit++) await database.write('test', (tx) => outbox.put(tx, events(1000)));
    const driver = relaying(database, []);
    const left = recordingSink('left');
    await clock.advance(3000);
    await driver.stop();
    const witness = relaying(database, [left]);
    await clock.advance(3000);
    assert.equal(left.taken.length, 0);
    await witness.stop();
  });
});
