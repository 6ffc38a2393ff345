// Rates of calls under a clock that stands until it is moved.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestContext } from '@muster/testkit/request-context.ts';
import type { BoundOperation } from '../platform/api/operation.ts';
import type { Region } from '../platform/ids.ts';
import { limited } from './throughput.ts';

function setUp(rates: { standard: number; high: number }) {
  const state = { nowMs: 1_000_000, high: false, asked: 0 };
  const operation = (name: string): BoundOperation => ({
    service: 'ssm',
    name,
    action: `ssm:${name}`,
    audit: 'read',
    resources: () => [],
    handle: () => Promise.resolve({}),
  });
  const isHigh = () => {
    state.asked += 1;
    return Promise.resolve(state.high);
  };
  const clock = { nowMs: () => state.nowMs };
  const operations = limited(['GetParameter', 'PutParameter', 'DescribeParameters'].map(operation), rates, isHigh, clock);
  /** How many of so many calls are answered. */
  const call = async (count: number, name = 'GetParameter', region = 'us-east-1') => {
    const bound = operations.find((one) => one.name === name);
    assert.ok(bound);
    let answered = 0;
    for (let at = 0; at < count; at += 1)
      try {
        await bound.handle({ ...requestContext({ now: new Date(state.nowMs) }), region: region as Region }, {});
        answered += 1;
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.deepEqual([error.name, error.message], ['ThrottlingException', 'Rate exceeded']);
      }
    return answered;
  };
  return { state, call };
}

test('a region has a second of calls at once and then so many a second, over all counted operations', async () => {
  const { state, call } = setUp({ standard: 40, high: 10_000 });
  assert.equal(await call(30), 30);
  assert.equal(await call(30, 'PutParameter'), 10);
  assert.equal(await call(5, 'DescribeParameters'), 5);
  assert.equal(await call(50, 'GetParameter', 'eu-west-1'), 40);
  state.nowMs += 250;
  assert.equal(await call(50), 10);
  state.nowMs += 60_000;
  assert.equal(await call(100), 40);
});

test('high throughput counts within a second of being set, and ends within one', async () => {
  const { state, call } = setUp({ standard: 10, high: 100 });
  assert.equal(await call(20), 10);
  state.high = true;
  assert.equal(await call(5), 0, 'the setting was read a moment ago');
  state.nowMs += 1_000;
  assert.equal(await call(200), 100);
  state.high = false;
  state.nowMs += 1_000;
  assert.equal(await call(200), 10);
});

test('the setting is read once a second at most, and by nobody who stays below the rate', async () => {
  const { state, call } = setUp({ standard: 10, high: 100 });
  assert.equal(await call(10), 10);
  assert.equal(state.asked, 0);
  assert.equal(await call(500), 0);
  assert.equal(state.asked, 1);
});
