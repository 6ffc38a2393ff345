// Durations, backoff and deadlines: pure parts, checked against a plain model where there is one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { backoffMs } from './backoff.ts';
import { Deadlines } from './deadlines.ts';
import { formatIsoDuration } from './iso-duration.ts';

describe('ISO-8601 durations', () => {
  it('are printed as AWS prints them', () => {
    assert.equal(formatIsoDuration(4), 'PT0.004S');
    assert.equal(formatIsoDuration(2440), 'PT2.44S');
    assert.equal(formatIsoDuration(3_600_271), 'PT1H0.271S');
    assert.equal(formatIsoDuration(0), 'PT0S');
    assert.equal(formatIsoDuration(120_000), 'PT2M');
    assert.equal(formatIsoDuration(90_061_001), 'PT25H1M1.001S');
  });
});

describe('backoff', () => {
  it('doubles up to its cap and never answers zero', () => {
    const backoff = { baseMs: 100, capMs: 30_000 };
    assert.equal(backoffMs(1, backoff, 0.5), 50);
    assert.equal(backoffMs(3, backoff, 0.5), 200);
    assert.equal(backoffMs(1_000_000, backoff, 0.5), 15_000);
    assert.equal(backoffMs(1, backoff, 0), 1);
  });
});

describe('deadlines', () => {
  it('give keys in the order of their moments, whatever was set again or deleted', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('set' as const), key: fc.nat(20), at: fc.nat(50) }),
      fc.record({ op: fc.constant('delete' as const), key: fc.nat(20), at: fc.nat(50) }),
      fc.record({ op: fc.constant('take' as const), key: fc.nat(20), at: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const deadlines = new Deadlines<number>();
        // Insertion order of a Map is the order of setting when a key is deleted before it is set again.
        const model = new Map<number, number>();
        for (const { op, key, at } of steps) {
          if (op === 'set') {
            model.delete(key);
            model.set(key, at);
            deadlines.set(key, at);
          } else if (op === 'delete') {
            assert.equal(deadlines.delete(key), model.delete(key));
          } else {
            const first = [...model].reduce<[number, number] | undefined>(
              (best, entry) => (best === undefined || entry[1] < best[1] ? entry : best),
              undefined,
            );
            const expected = first !== undefined && first[1] <= at ? first[0] : undefined;
            assert.equal(deadlines.next(), first?.[1]);
            assert.equal(deadlines.takeDue(at), expected);
            if (expected !== undefined) model.delete(expected);
          }
          assert.equal(deadlines.size, model.size);
        }
      }),
    );
  });

  it('stay small when one key is set again and again', () => {
    const deadlines = new Deadlines<string>();
    for (let at = 10_000; at > 0; at--) deadlines.set('key', at);
    assert.equal(deadlines.takeDue(1), 'key');
    assert.equal(deadlines.next(), undefined);
  });
});
