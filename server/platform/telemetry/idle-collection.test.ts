// Memory is given back after a burst, and only then.
import assert from 'node:assert/strict';
import test from 'node:test';
import { isWorthCollecting } from './idle-collection.ts';

const MB = 1024 * 1024;
const AFTER_BURST = { utilization: 0.01, usedBytes: 120 * MB, heapTotalBytes: 150 * MB, liveBytes: 40 * MB };

test('memory is given back after a burst, once the loop is idle', () => {
  assert.equal(isWorthCollecting(AFTER_BURST), true);
  assert.equal(isWorthCollecting({ ...AFTER_BURST, utilization: 0.5 }), false);
});

test('an idle server that has nothing to give back is left alone', () => {
  assert.equal(isWorthCollecting({ utilization: 0, usedBytes: 45 * MB, heapTotalBytes: 60 * MB, liveBytes: 40 * MB }), false);
});
