// The reconcile driver through its door: wakes, schedules, retries, leases. Time is simulated, the leases are real rows.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import type { Bus } from '../bus/bus.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import type { Database } from '../store/index.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/prometheus.ts';
import { createReconcileDriver, type ReconcileDriver } from './driver.ts';
import { migrations } from './migrations/index.ts';
import type { Reconciler } from './reconciler.ts';

const clock = createSimulatedClock();
clock.holdWhile(databasesAreBusy);
const lines: string[] = [];
const log = createLogger({ write: (line) => lines.push(line), clock, level: 'debug', format: 'json' });

eachDatabase((_kind, open) => {
  let database: Database;
  let bus: Bus;
  let drivers: ReconcileDriver[] = [];
  before(async () => {
    database = await open([migrations], { inThread: true });
  });
  after(() => database.close());
  beforeEach(() => {
    bus = createInProcessBus({ log });
  });
  afterEach(async () => {
    const stopping = Promise.all(drivers.map((driver) => driver.stop()));
    drivers = [];
    await clock.advance(20_000);
    await stopping;
    await bus.close();
  });

  let names = 0;
  function recorded(over: Partial<Reconciler> = {}): Reconciler & { readonly seen: string[] } {
    const seen: string[] = [];
    return {
      name: `test.n-${++names}`,
      periodMs: 60_000,
      due: () => Promise.resolve([]),
      reconcile: (key) => {
        seen.push(key);
        return Promise.resolve(undefined);
      },
      seen,
      ...over,
    };
  }
  function driverOf(replica: string, ...reconcilers: Reconciler[]): ReconcileDriver {
    const driver = createReconcileDriver({
      database,
      clock,
      ids: createSeededIds(1),
      bus,
      log,
      metrics: createMetrics(),
      replica,
      reconcilers,
    });
    drivers.push(driver);
    return driver;
  }
  async function started(replica: string, ...reconcilers: Reconciler[]): Promise<ReconcileDriver> {
    const driver = driverOf(replica, ...reconcilers);
    driver.start();
    await clock.settle();
    return driver;
  }

  it('passes over a woken key without waiting for time, once however often it was woken', async () => {
    const reconciler = recorded();
    const driver = await started('one', reconciler);
    for (let wakes = 0; wakes < 100; wakes++) driver.wake(reconciler.name, 'a');
    driver.wake(reconciler.name, 'b');
    await driver.settle();
    assert.deepEqual(reconciler.seen, ['a', 'b']);
    assert.deepEqual(driver.status(), [
      { name: reconciler.name, leased: true, passes: 2, failures: 0, lastError: undefined, lastPassAt: clock.now(), pending: 0 },
    ]);
  });

  it('keys woken before the first lease was there are not forgotten', async () => {
    const reconciler = recorded();
    const driver = driverOf('one', reconciler);
    driver.start();
    driver.wake(reconciler.name, 'early');
    await driver.settle();
    assert.deepEqual(reconciler.seen, ['early']);
  });

  it('a wake during a pass means one more pass after it, never one beside it', async () => {
    let beside = 0;
    const reconciler = recorded({
      reconcile: async (key) => {
        reconciler.seen.push(key);
        assert.equal(++beside, 1);
        await new Promise<void>((resolve) => void clock.setTimer(100, resolve));
        beside--;
        return undefined;
      },
    });
    const driver = await started('one', reconciler);
    driver.wake(reconciler.name, 'a');
    await clock.advance(50);
    for (let wakes = 0; wakes < 3; wakes++) driver.wake(reconciler.name, 'a');
    await clock.advance(1000);
    assert.deepEqual(reconciler.seen, ['a', 'a']);
  });

  it('runs at most eight keys of a reconciler at once', async () => {
    let running = 0;
    let most = 0;
    const reconciler = recorded({
      reconcile: async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => void clock.setTimer(10, resolve));
        running--;
        return undefined;
      },
    });
    const driver = await started('one', reconciler);
    for (let key = 0; key < 100; key++) driver.wake(reconciler.name, String(key));
    await clock.advance(1000);
    assert.equal(most, 8);
    assert.equal(driver.status()[0]?.passes, 100);
  });

  it('asks what is due when it takes the lease and every period, page after page', async () => {
    let left = 1200;
    const reconciler = recorded({
      due: (_now, limit) => Promise.resolve(Array.from({ length: Math.min(limit, left) }, (_, at) => `due-${left - at}`)),
      reconcile: () => {
        left--;
        return Promise.resolve(undefined);
      },
    });
    const driver = await started('one', reconciler);
    assert.equal(left, 700);
    await clock.advance(1000);
    assert.equal(left, 0);
    left = 1;
    await clock.advance(60_000);
    assert.equal(left, 0);
    assert.equal(driver.status()[0]?.passes, 1201);
  });

  it('sees a key again at the moment that its pass named', async () => {
    const passes: number[] = [];
    const startMs = clock.nowMs();
    const reconciler = recorded({
      reconcile: (_key, now) => {
        passes.push(now.getTime() - startMs);
        return Promise.resolve(passes.length < 3 ? new Date(now.getTime() + 1500) : undefined);
      },
    });
    const driver = await started('one', reconciler);
    driver.wake(reconciler.name, 'a');
    await clock.advance(10_000);
    assert.deepEqual(passes, [0, 1500, 3000]);
    assert.equal(driver.status()[0]?.pending, 0);
  });

  it('tries a failed pass again with backoff, whoever wakes the key, and counts it', async () => {
    let broken = true;
    let passes = 0;
    const reconciler = recorded({
      reconcile: () => {
        passes++;
        return broken ? Promise.reject(new Error('disk on fire')) : Promise.resolve(undefined);
      },
    });
    const driver = await started('one', reconciler);
    driver.wake(reconciler.name, 'a');
    await driver.settle();
    for (let wakes = 0; wakes < 50; wakes++) {
      driver.wake(reconciler.name, 'a');
      await driver.settle();
    }
    assert.equal(passes, 1);
    assert.equal(driver.status()[0]?.lastError, 'disk on fire');
    await clock.advance(5000);
    assert.ok(passes > 2 && passes < 60, String(passes));
    assert.equal(driver.status()[0]?.failures, passes);
    broken = false;
    await clock.advance(30_000);
    const healed = passes;
    await clock.advance(120_000);
    assert.equal(passes, healed);
  });

  it('runs on one replica; a wake on the other reaches it; a clean stop hands over at once', async () => {
    const [first, second] = [recorded(), recorded()];
    const name = first.name;
    const one = await started('one', first);
    const two = await started('two', { ...second, name });
    assert.deepEqual([one.status()[0]?.leased, two.status()[0]?.leased], [true, false]);
    for (let key = 0; key < 1000; key++) two.wake(name, `k${key}`);
    await clock.settle();
    assert.equal(first.seen.length, 1000);
    const beforeMs = clock.nowMs();
    await one.stop();
    await clock.settle();
    assert.deepEqual([one.status()[0]?.leased, two.status()[0]?.leased], [false, true]);
    one.wake(name, 'from the stopped one');
    await clock.settle();
    assert.deepEqual(second.seen, ['from the stopped one']);
    assert.equal(clock.nowMs(), beforeMs);
  });

  it('a stop waits for the pass that runs, and starts no other', async () => {
    let ended = false;
    const reconciler = recorded({
      reconcile: async (key) => {
        reconciler.seen.push(key);
        await new Promise<void>((resolve) => void clock.setTimer(500, resolve));
        ended = true;
        return undefined;
      },
    });
    const driver = await started('one', reconciler);
    driver.wake(reconciler.name, 'a');
    await clock.settle();
    driver.wake(reconciler.name, 'a');
    const stopped = driver.stop().then(() => assert.equal(ended, true));
    await clock.advance(1000);
    await stopped;
    assert.deepEqual(reconciler.seen, ['a']);
  });

  it('a replica that comes back under its own name needs not wait for its lease to run out', async () => {
    const reconciler = recorded();
    await started('embedded', reconciler);
    const again = await started('embedded', reconciler);
    assert.equal(again.status()[0]?.leased, true);
  });

  it('refuses names and keys that are none', async () => {
    const reconciler = recorded();
    const driver = await started('one', reconciler);
    assert.throws(() => driver.wake('nobody', 'a'), /no such reconciler/);
    assert.throws(() => driver.wake(reconciler.name, 'x'.repeat(201)), /no key/);
    assert.throws(() => driverOf('one', recorded({ name: 'Not a token' })), /must be unique and match/);
  });
});
