// The decisions of the dispatcher: rate arithmetic, and what the plan says in each situation.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Counts, errorCount, isCommandFinal, NO_COUNTS, totalCount } from './command.ts';
import { type CommandFacts, outcome, plan } from './plan.ts';
import { concurrencyLimit, errorTolerance, parseRate } from './rate.ts';

const NOW = new Date('2026-07-07T00:00:00Z');
const LATER = new Date('2026-07-07T02:00:00Z');
const BURST = { slowStart: false };

function facts(counts: Partial<Counts>, change: Partial<CommandFacts> = {}): CommandFacts {
  return {
    state: 'Pending',
    resolved: true,
    cancelRequested: false,
    cancelSpread: false,
    paused: false,
    alarmed: false,
    counts: { ...NO_COUNTS, ...counts },
    acknowledged: 0,
    maxConcurrency: parseRate('50'),
    maxErrors: parseRate('0'),
    expiresAt: LATER,
    ...change,
  };
}

test('a percentage of concurrency is rounded down but is at least one node', () => {
  assert.equal(concurrencyLimit(parseRate('25%'), 20), 5);
  assert.equal(concurrencyLimit(parseRate('10%'), 55), 5);
  assert.equal(concurrencyLimit(parseRate('1%'), 20), 1);
  assert.equal(concurrencyLimit(parseRate('7'), 3), 7);
});

test('a percentage of errors is rounded down, and the sixth error of 10 % of 50 exceeds it', () => {
  assert.equal(errorTolerance(parseRate('10%'), 50), 5);
  const at = (failed: number) => plan(facts({ pending: 50 - failed, failed }, { maxErrors: parseRate('10%') }), NOW, BURST);
  assert.equal(at(5).do, 'dispatch');
  assert.deepEqual(at(6), { do: 'drop-pending', to: 'Terminated' });
});

test('sending goes on up to MaxConcurrency and no further', () => {
  assert.deepEqual(plan(facts({ pending: 80, inFlight: 20 }), NOW, BURST), { do: 'dispatch', count: 30 });
  assert.deepEqual(plan(facts({ pending: 80, inFlight: 50 }), NOW, BURST), { do: 'wait', until: LATER });
});

test('slow start doubles with the acknowledgements', () => {
  const slow = { slowStart: true };
  const at = (acknowledged: number, inFlight: number) => plan(facts({ pending: 90, inFlight }, { acknowledged }), NOW, slow);
  assert.deepEqual(at(0, 0), { do: 'dispatch', count: 1 });
  assert.deepEqual(at(1, 1), { do: 'dispatch', count: 1 });
  assert.deepEqual(at(4, 2), { do: 'dispatch', count: 6 });
});

test('an absolute concurrency starts before all targets are known; a percentage waits for the total', () => {
  assert.equal(plan(facts({ pending: 10 }, { resolved: false }), NOW, BURST).do, 'dispatch');
  assert.equal(plan(facts({ pending: 10 }, { resolved: false, maxConcurrency: parseRate('25%') }), NOW, BURST).do, 'resolve');
  assert.equal(plan(facts({ pending: 10 }, { resolved: false, maxConcurrency: parseRate('100%') }), NOW, BURST).do, 'dispatch');
});

test('errors are weighed against a percentage when all targets are known, not before: UpdateCommand may set one in between', () => {
  const at = (resolved: boolean) => plan(facts({ pending: 4, failed: 1 }, { resolved, maxErrors: parseRate('10%') }), NOW, BURST);
  assert.equal(at(false).do, 'resolve');
  assert.deepEqual(at(true), { do: 'drop-pending', to: 'Terminated' });
});

test('no target matched: NoInstancesInTag', () => {
  assert.deepEqual(plan(facts({}), NOW, BURST), { do: 'finish', state: 'NoInstancesInTag' });
});

test('cancelling drops the waiting, tells the running once, and then waits for them', () => {
  const cancel = (counts: Partial<Counts>, spread = false) =>
    plan(facts(counts, { cancelRequested: true, cancelSpread: spread }), NOW, BURST);
  assert.deepEqual(cancel({ pending: 3, inFlight: 2 }), { do: 'drop-pending', to: 'Cancelled' });
  assert.deepEqual(cancel({ inFlight: 2 }), { do: 'cancel-in-flight' });
  assert.deepEqual(cancel({ inFlight: 2 }, true), { do: 'wait', until: LATER });
  assert.deepEqual(cancel({ cancelled: 5 }, true), { do: 'finish', state: 'Cancelled' });
});

test('the outcome follows the user guide', () => {
  const end = (counts: Partial<Counts>, maxErrors = '0') => outcome(facts(counts, { maxErrors: parseRate(maxErrors) }));
  assert.equal(end({ success: 5 }), 'Success');
  assert.equal(end({ success: 4, unreached: 1 }), 'Success');
  assert.equal(end({ unreached: 5 }), 'Failed');
  assert.equal(end({ success: 4, failed: 1 }), 'Failed');
  assert.equal(end({ success: 4, failed: 1 }, '1'), 'Incomplete');
  assert.equal(end({ success: 4, executionTimedOut: 1 }), 'ExecutionTimedOut');
  assert.equal(end({ success: 4, deliveryTimedOut: 1 }), 'Incomplete');
  assert.equal(end({ deliveryTimedOut: 2 }), 'DeliveryTimedOut');
});

const anyCount = fc.nat(60);
const anyRate = fc.oneof(
  fc.integer({ min: 1, max: 70 }).map((count) => `${count}`),
  fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);
const anyFacts = fc
  .record({
    pending: anyCount,
    inFlight: anyCount,
    success: anyCount,
    failed: anyCount,
    executionTimedOut: anyCount,
    deliveryTimedOut: anyCount,
    cancelled: anyCount,
    terminated: anyCount,
    unreached: anyCount,
    resolved: fc.boolean(),
    cancelRequested: fc.boolean(),
    cancelSpread: fc.boolean(),
    paused: fc.boolean(),
    alarmed: fc.boolean(),
    concurrency: anyRate,
    errors: fc.oneof(anyRate, fc.constant('0')),
    expired: fc.boolean(),
  })
  .map(({ resolved, cancelRequested, cancelSpread, paused, alarmed, concurrency, errors, expired, ...counts }) => ({
    facts: facts(counts, {
      resolved,
      cancelRequested,
      cancelSpread,
      paused,
      alarmed,
      maxConcurrency: parseRate(concurrency),
      maxErrors: parseRate(errors),
    }),
    now: expired ? LATER : NOW,
  }));

test('whatever the situation: never above MaxConcurrency, nothing sent after MaxErrors is exceeded, no end while something is live', () => {
  fc.assert(
    fc.property(anyFacts, fc.boolean(), ({ facts: situation, now }, slowStart) => {
      const action = plan(situation, now, { slowStart });
      const { counts } = situation;
      const total = totalCount(counts);
      if (action.do === 'dispatch') {
        assert.ok(counts.inFlight + action.count <= concurrencyLimit(situation.maxConcurrency, total));
        assert.ok(errorCount(counts) === 0 || errorCount(counts) <= errorTolerance(situation.maxErrors, total));
        assert.ok(action.count >= 1 && action.count <= counts.pending);
        assert.ok(now < situation.expiresAt && !situation.cancelRequested);
        assert.ok(!situation.paused && !situation.alarmed);
      }
      if (action.do === 'finish') {
        assert.equal(counts.pending + counts.inFlight, 0);
        assert.ok(isCommandFinal(action.state));
      }
      if (action.do === 'wait') assert.ok(counts.pending + counts.inFlight > 0);
      if (action.do === 'expire') assert.ok(now >= situation.expiresAt);
    }),
  );
});

test('a pause changes nothing but that nothing is sent: targets are found, errors and cancels close, the deadline and the end hold', () => {
  fc.assert(
    fc.property(anyFacts, ({ facts: situation, now }) => {
      const going = plan({ ...situation, paused: false }, now, BURST);
      const paused = plan({ ...situation, paused: true }, now, BURST);
      if (going.do !== 'dispatch') assert.deepEqual(paused, going);
      else if (situation.resolved) assert.deepEqual(paused, { do: 'wait', until: situation.expiresAt });
      else assert.deepEqual(paused, { do: 'resolve' });
    }),
  );
});

test('a concurrency below what is in flight starts nothing until it has drained', () => {
  const at = (inFlight: number) => plan(facts({ pending: 9, inFlight }, { maxConcurrency: parseRate('3') }), NOW, BURST);
  assert.equal(at(8).do, 'wait');
  assert.equal(at(3).do, 'wait');
  assert.deepEqual(at(2), { do: 'dispatch', count: 1 });
});

test('an alarm drops what waits and lets the rest end; a command that it stopped has failed', () => {
  const alarmed = (counts: Partial<Counts>) => plan(facts(counts, { alarmed: true }), NOW, BURST);
  assert.deepEqual(alarmed({ pending: 3, inFlight: 2 }), { do: 'drop-pending', to: 'Terminated' });
  assert.deepEqual(alarmed({ terminated: 3, inFlight: 2 }), { do: 'wait', until: LATER });
  assert.deepEqual(alarmed({ terminated: 3, success: 2 }), { do: 'finish', state: 'Failed' });
});
