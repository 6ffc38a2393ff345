// The simulated clock and seeded ids themselves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedClock } from './clock.ts';
import { createRandom, createSeededIds, withSeed } from './random.ts';

describe('the simulated clock', () => {
  it('lets a callback due at +1 s observe +1 s, in order, and moves on to the end', async () => {
    const clock = createSimulatedClock(new Date(0));
    const seen: number[] = [];
    clock.setTimer(2000, () => seen.push(clock.nowMs()));
    clock.setTimer(1000, () => {
      seen.push(clock.nowMs());
      clock.setTimer(500, () => seen.push(clock.nowMs()));
    });
    clock.setTimer(1500, () => seen.push(-1)).cancel();
    await clock.advance(5000);
    assert.deepEqual(seen, [1000, 1500, 2000]);
    assert.equal(clock.now().getTime(), 5000);
    assert.equal(clock.monotonicMs(), 5000);
    assert.equal(clock.timers, 0);
  });

  it('lets promise chains and turns of the event loop finish before time moves on', async () => {
    const clock = createSimulatedClock(new Date(0));
    const seen: string[] = [];
    clock.setTimer(10, () => {
      void (async () => {
        for (let hop = 0; hop < 20; hop++) await new Promise((resolve) => void setImmediate(resolve));
        seen.push(`chain at ${clock.nowMs()}`);
      })();
    });
    clock.setTimer(11, () => seen.push(`timer at ${clock.nowMs()}`));
    await clock.advance(100);
    assert.deepEqual(seen, ['chain at 10', 'timer at 11']);
  });

  it('runs until a predicate holds and not a timer further', async () => {
    const clock = createSimulatedClock(new Date(0));
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      clock.setTimer(1000, tick);
    };
    clock.setTimer(1000, tick);
    await clock.runUntil(() => ticks === 3, 60_000);
    assert.equal(clock.nowMs(), 3000);
    await assert.rejects(
      clock.runUntil(() => ticks === 100, 5000),
      /Not reached within 5000 ms/,
    );
    assert.equal(clock.nowMs(), 8000);
  });

  it('waits for work that the event loop does not show', async () => {
    const clock = createSimulatedClock(new Date(0));
    let turns = 30;
    clock.holdWhile(() => turns > 0 && turns-- > 0);
    await clock.advance(1);
    assert.equal(turns, 0);
  });
});

describe('seeded randomness', () => {
  it('gives valid version 4 UUIDs, the same ones for the same seed', () => {
    const [one, again, other] = [createSeededIds(7), createSeededIds(7), createSeededIds(8)];
    const ids = Array.from({ length: 50 }, () => one.uuid());
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(new Set(ids).size, 50);
    assert.deepEqual(
      Array.from({ length: 50 }, () => again.uuid()),
      ids,
    );
    assert.notEqual(other.uuid(), ids[0]);
    assert.match(one.hex(17), /^[0-9a-f]{17}$/);
    assert.equal(one.bytes(5).length, 5);
  });

  it('spreads evenly', () => {
    const random = createRandom(1);
    const counts = [0, 0, 0, 0];
    for (let draw = 0; draw < 4000; draw++) counts[random.below(4)]! += 1;
    for (const count of counts) assert.ok(count > 850 && count < 1150, String(counts));
    assert.deepEqual(
      random.shuffle([1, 2, 3]).toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    assert.ok([1, 2].includes(random.pick([1, 2])));
    assert.equal(random.chance(0), false);
  });

  it('a failure says its seed', async () => {
    await assert.rejects(
      withSeed(42, () => Promise.reject(new Error('broken'))),
      /seed 42 .*MUSTER_SEED=42.*broken/,
    );
  });
});
