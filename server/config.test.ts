// Options of the server: how limits of parameters and the destinations of trails are written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import { UsageError } from './usage-error.ts';

const read = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  readConfig(argv, env, { localNode: false }).config.parameterLimits;
const AWS = { counts: { Standard: 10_000, Advanced: 100_000 }, rates: { standard: 40, high: 10_000 } };

test('folders stand for buckets and log groups of trails, each name once', () => {
  const auditOf = (argv: readonly string[]) => readConfig(argv, {}, { localNode: false }).config.audit;
  const folders = ['--trail-folder', 'audit-logs=/var/a', '--trail-log-group', '/muster/audit#1=/var/b'];
  const { trailFolders, trailLogGroups, trailIntervalSeconds } = auditOf([...folders, '--trail-interval-seconds', '5']);
  assert.deepEqual(
    [...trailFolders, ...trailLogGroups],
    [
      ['audit-logs', '/var/a'],
      ['/muster/audit#1', '/var/b'],
    ],
  );
  assert.equal(trailIntervalSeconds, 5);
  assert.equal(auditOf([]).trailIntervalSeconds, 30);
  assert.throws(
    () => auditOf(['--trail-log-group', 'a b=/x']),
    /--trail-log-group a b=\/x: not NAME=PATH, such as \/muster\/audit=/,
  );
  assert.throws(() => auditOf(['--trail-log-group', 'a=/x', '--trail-log-group', 'a=/y']), /--trail-log-group a is given twice/);
  assert.throws(() => auditOf(['--trail-interval-seconds', '0']), /whole number from 1 to 3600/);
});

test('nothing limits parameters unless it is said', () => {
  assert.deepEqual(read([]), { counts: {}, rates: undefined });
  assert.deepEqual(read(['--parameter-limits', 'none'], { MUSTER_PARAMETER_LIMITS: 'aws' }), { counts: {}, rates: undefined });
});

test("AWS's limits have a name, and each can be given by itself", () => {
  assert.deepEqual(read([], { MUSTER_PARAMETER_LIMITS: 'aws' }), AWS);
  assert.deepEqual(read(['--parameter-limits', 'advanced=5']), { counts: { Advanced: 5 }, rates: undefined });
  assert.deepEqual(read(['--parameter-limits', 'rate=8']), { counts: {}, rates: { standard: 8, high: 2_000 } });
});

test('what is no limit is refused with the form that is one', () => {
  for (const wrong of [
    'all',
    '',
    'standard',
    'standard=0',
    'standard=-1',
    'rate=1,rate=2',
    'rate=9,high-rate=8',
    'high-rate=8',
    'x=1',
  ])
    assert.throws(() => read(['--parameter-limits', wrong]), UsageError, wrong);
});
