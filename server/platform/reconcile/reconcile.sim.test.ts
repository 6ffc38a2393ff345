// Two replicas on one database under a simulated clock: clean stops, crashes in the middle of passes, replicas cut off from the
// database, lost wake-ups, failing passes. Invariants, checked at every step: never two living passes over one key, and in the end
// every woken key has had a pass after its last wake. A failure prints its seed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedClock, type SimulatedClock } from '@muster/testkit/clock.ts';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { createRandom, createSeededIds, simulationSeeds, withSeed, type Random } from '@muster/testkit/random.ts';
import type { Bus } from '../bus/bus.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import type { Database } from '../store/index.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Logger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/prometheus.ts';
import type { Clock } from '../time/clock.ts';
import { createReconcileDriver, type ReconcileDriver } from './driver.ts';
import { migrations } from './migrations/index.ts';

/** A pass outlasts the lease only where the database cannot be reached; this long it may take then. */
const PASS_MS_MAX = 2_500;
const KEYS = 30;
const STEPS = 150;

/** What all replicas would find in the database: keys with work to do. */
class World {
  readonly dirty = new Map<string, number>();
  readonly passing = new Map<string, Process>();
  passes = 0;
  touch(key: string): void {
    this.dirty.set(key, (this.dirty.get(key) ?? 0) + 1);
  }
}

/** One life of a replica: after `crash` nothing of it happens any more. */
class Process {
  alive = true;
  reachable = true;
  readonly name: string;
  readonly driver: ReconcileDriver;

  constructor(name: string, surroundings: Surroundings) {
    this.name = name;
    this.driver = createReconcileDriver({
      database: this.#database(surroundings.database),
      clock: this.#clock(surroundings.clock),
      bus: this.#bus(surroundings),
      ids: createSeededIds(surroundings.random.below(2 ** 31)),
      log: surroundings.log,
      metrics: createMetrics(),
      replica: name,
      reconcilers: [
        {
          name: 'world',
          periodMs: 10_000,
          due: (_now, limit) => Promise.resolve([...surroundings.world.dirty.keys()].slice(0, limit)),
          reconcile: (key) => this.#pass(key, surroundings),
        },
      ],
    });
  }

  crash(world: World): void {
    this.alive = false;
    for (const [key, process] of world.passing) if (process === this) world.passing.delete(key);
  }

  async #pass(key: string, { world, clock, random }: Surroundings): Promise<Date | undefined> {
    // What a crashed process had put off to its next turn never happens.
    if (!this.alive) return await new Promise<never>(() => {});
    const other = world.passing.get(key);
    assert.ok(other === undefined, `two passes over ${key}: on ${other?.name} and on ${this.name}`);
    world.passing.set(key, this);
    world.passes++;
    const seen = world.dirty.get(key);
    const waitMs = random.chance(0.3) ? random.below(PASS_MS_MAX) : 0;
    if (waitMs > 0) await new Promise<void>((resolve) => void this.#clock(clock).setTimer(waitMs, resolve));
    world.passing.delete(key);
    if (!this.reachable || random.chance(0.1)) throw new Error('a pass fails now and then');
    if (world.dirty.get(key) === seen) world.dirty.delete(key);
    return random.chance(0.1) ? new Date(clock.nowMs() + random.below(20_000)) : undefined;
  }

  #clock(clock: SimulatedClock): Clock {
    return { ...clock, setTimer: (delayMs, fire) => clock.setTimer(delayMs, () => (this.alive ? fire() : undefined)) };
  }

  #database(database: Database): Database {
    const write: Database['write'] = async (name, work) => {
      const never = new Promise<never>(() => {});
      if (!this.alive) return await never;
      if (!this.reachable) throw new Error('the database cannot be reached');
      const result = await database.write(name, work);
      return this.alive ? result : await never;
    };
    return { ...database, dialect: database.dialect, write };
  }

  #bus({ bus, random }: Surroundings): Bus {
    return {
      publish: (subject, payload) => (this.alive && !random.chance(0.2) ? bus.publish(subject, payload) : undefined),
      subscribe: (subject, receive) =>
        bus.subscribe(subject, (payload, from) => (this.alive && !random.chance(0.2) ? receive(payload, from) : undefined)),
      close: () => Promise.resolve(),
    };
  }
}

interface Surroundings {
  readonly clock: SimulatedClock;
  readonly database: Database;
  readonly bus: Bus;
  readonly log: Logger;
  readonly random: Random;
  readonly world: World;
}

async function simulate(seed: number): Promise<void> {
  const clock = createSimulatedClock();
  const random = createRandom(seed);
  const broken: string[] = [];
  const log = createLogger({
    write: (line) => broken.push(...(/two passes/.test(line) ? [line] : [])),
    clock,
    level: 'debug',
    format: 'json',
  });
  const database = await openTestDatabase([migrations], { inThread: true, clock });
  const bus = createInProcessBus({ log });
  const surroundings = { clock, database, bus, log, random, world: new World() };
  const { world } = surroundings;
  let lives = 0;
  const born = (name: string): Process => {
    const process = new Process(random.chance(0.5) ? name : `${name}-${++lives}`, surroundings);
    process.driver.start();
    return process;
  };
  const replicas = [born('left'), born('right')];
  try {
    for (let step = 0; step < STEPS; step++) {
      const at = random.below(2);
      const replica = replicas[at] ?? born('never');
      const deed = random.fraction();
      if (deed < 0.7) {
        const key = `key-${random.below(KEYS)}`;
        world.touch(key);
        if (random.chance(0.8)) replica.driver.wake('world', key);
      } else if (deed < 0.75) {
        replica.crash(world);
        replicas[at] = born(at === 0 ? 'left' : 'right');
      } else if (deed < 0.8) {
        const stopped = replica.driver.stop();
        await clock.runUntil(settled(stopped), 60_000);
        replicas[at] = born(at === 0 ? 'left' : 'right');
      } else if (deed < 0.85) replica.reachable = !replica.reachable;
      else await clock.advance(random.below(random.chance(0.2) ? 30_000 : 2_000));
      assert.deepEqual(broken, []);
    }
    for (const replica of replicas) replica.reachable = true;
    await clock.runUntil(() => world.dirty.size === 0, 300_000);
    assert.deepEqual(broken, []);
    assert.ok(world.passes > KEYS);
    assert.ok(replicas.filter(({ driver }) => driver.status()[0]?.leased).length <= 1);
  } finally {
    for (const replica of replicas) replica.crash(world);
    await bus.close();
    await database.close();
  }
}

/** A predicate for `runUntil`: whether the promise has settled. */
function settled(promise: Promise<void>): () => boolean {
  let done = false;
  void promise.finally(() => {
    done = true;
  });
  return () => done;
}

describe('reconcilers of two replicas', () => {
  for (const seed of simulationSeeds(20)) {
    it(`keep their invariants (seed ${seed})`, () => withSeed(seed, simulate));
  }
});
