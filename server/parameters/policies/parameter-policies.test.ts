// Parameter policies: what is read, when it is due, and that nothing is done twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../platform/api/errors.ts';
import { nextDue, planPolicies, readPolicies, rearm } from './parameter-policies.ts';

const NOW = new Date('2027-03-01T10:00:00Z');
const HOUR_MS = 3_600_000;
const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes });
const expiration = (hours: number) =>
  policy('Expiration', { Timestamp: new Date(NOW.getTime() + hours * HOUR_MS).toISOString() });
const read = (...policies: readonly object[]) => readPolicies(JSON.stringify(policies), NOW);
const code = (text: string): string => {
  try {
    readPolicies(text, NOW);
    return 'taken';
  } catch (error) {
    assert.ok(error instanceof ApiError && error.message.length > 0);
    return error.code;
  }
};

test('what is wrong is refused with its own code', () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ['InvalidPolicyAttributeException', {}],
    ['InvalidPolicyAttributeException', [1]],
    ['InvalidPolicyTypeException', [policy('Other', {})]],
    ['InvalidPolicyAttributeException', [{ Type: 'Expiration', Version: '2.0' }]],
    ['InvalidPolicyAttributeException', [policy('Expiration', { Timestamp: 'tomorrow' })]],
    ['InvalidPolicyAttributeException', [policy('NoChangeNotification', { After: '0', Unit: 'Days' })]],
    ['InvalidPolicyAttributeException', [policy('NoChangeNotification', { After: '1', Unit: 'Weeks' })]],
    ['IncompatiblePolicyException', [expiration(1), expiration(2)]],
    ['IncompatiblePolicyException', [policy('ExpirationNotification', { Before: '1', Unit: 'Days' })]],
    [
      'PoliciesLimitExceededException',
      Array.from({ length: 11 }, () => policy('NoChangeNotification', { After: '1', Unit: 'Days' })),
    ],
  ];
  for (const [wanted, value] of refused) assert.equal(code(JSON.stringify(value)), wanted, JSON.stringify(value));
  assert.equal(code('no JSON'), 'InvalidPolicyAttributeException');
  assert.equal(code('[{}]'), 'taken');
});

test('the time of an expiration may be written in every way that AWS takes, and must be one', () => {
  const dueAt = (Timestamp: string) => new Date(read(policy('Expiration', { Timestamp }))[0]?.dueAt ?? 0).toISOString();
  assert.equal(dueAt('2030-11-01T22:13:48.87+10:30:00'), '2030-11-01T11:43:48.870Z');
  assert.equal(dueAt('2030-11-01T22:13-05:00'), '2030-11-02T03:13:00.000Z');
  for (const Timestamp of [
    '2030-02-30T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-01-01',
    '2030-01-01T00:00:00',
    '2030-01-01T25:00:00Z',
  ])
    assert.equal(code(JSON.stringify([policy('Expiration', { Timestamp })])), 'InvalidPolicyAttributeException', Timestamp);
});

test('whatever is sent is taken or refused', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.match(code(text), /^(?:taken|\w+Exception)$/)));
});

test('over any steps of time each notice is given once, in time, and nothing is left behind an expiration', () => {
  const hours = fc.integer({ min: 1, max: 500 });
  fc.assert(
    fc.property(hours, hours, hours, fc.array(hours, { minLength: 1, maxLength: 20 }), (end, before, after, steps) => {
      let policies = read(
        expiration(end),
        policy('ExpirationNotification', { Before: String(before), Unit: 'Hours' }),
        policy('NoChangeNotification', { After: String(after), Unit: 'Hours' }),
      );
      const given: string[] = [];
      let at = 0;
      for (const step of steps) {
        at += step;
        const now = new Date(NOW.getTime() + at * HOUR_MS);
        const isDue = (nextDue(policies) ?? Number.POSITIVE_INFINITY) <= now.getTime();
        const plan = planPolicies(policies, now);
        assert.equal(plan.due.length > 0, isDue);
        given.push(...plan.due.map(({ type }) => type));
        assert.equal(plan.expires, at >= end);
        if (plan.expires) return;
        policies = plan.after;
        assert.equal(planPolicies(policies, now).due.length, 0);
      }
      assert.equal(new Set(given).size, given.length);
      assert.equal(given.includes('NoChangeNotification'), at >= after);
    }),
  );
});

test('a change arms "no change" anew and leaves the others as they are', () => {
  const policies = read(expiration(100), policy('NoChangeNotification', { After: '24', Unit: 'Hours' }));
  const done = planPolicies(policies, new Date(NOW.getTime() + 25 * HOUR_MS)).after;
  assert.deepEqual(
    done.map(({ status }) => status),
    ['Pending', 'Finished'],
  );
  const armed = rearm(done, new Date(NOW.getTime() + 30 * HOUR_MS));
  assert.deepEqual(
    armed.map(({ status, dueAt }) => [status, (dueAt - NOW.getTime()) / HOUR_MS]),
    [
      ['Pending', 100],
      ['Pending', 54],
    ],
  );
});
