// The pace of reconnecting.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planReconnect } from './reconnect.ts';

const ids = { uuid: () => '', fraction: () => 0.9999 };

/** The delays in seconds, rounded, of channels that were open for so long each. */
function delays(openSeconds: readonly (number | undefined)[]): number[] {
  let failures = 0;
  return openSeconds.map((seconds) => {
    const plan = planReconnect(seconds === undefined ? undefined : seconds * 1000, failures, ids);
    failures = plan.failures;
    return Math.round(plan.delayMs / 100) / 10;
  });
}

describe('reconnecting', () => {
  it('is quick after a channel that held, then slower and slower up to five minutes', () => {
    const refused = Array.from({ length: 7 }, () => undefined);
    assert.deepEqual(delays([3600, ...refused]), [2.5, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('is quick once and then slow when another agent replaces the channel each time', () => {
    assert.deepEqual(delays([1, 1, 1, 1, 1, 1]), [2.5, 10, 20, 40, 80, 160]);
    assert.deepEqual(delays([1, 1, 61, 1]), [2.5, 10, 2.5, 10]);
  });

  it('is spread: half of a delay is random', () => {
    assert.equal(planReconnect(undefined, 0, { ...ids, fraction: () => 0 }).delayMs, 5000);
    assert.equal(planReconnect(3_600_000, 0, { ...ids, fraction: () => 0 }).delayMs, 0);
  });
});
