// What comes next, over everything that may happen to the phases of an operation.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { nextStep } from './operation.ts';
import type { NextStep, PackagePlan, Phase, PhaseEnd } from './operation.ts';

const OLD = { version: '1', sha256: 'a' };
const NEW = { version: '2', sha256: 'b' };

/** Plays an operation whose phases end as given; returns the phases and the end. */
function play(plan: PackagePlan, ends: readonly PhaseEnd[]): { phases: Phase[]; end: Extract<NextStep, { kind: 'end' }> } {
  const known = new Map<Phase, PhaseEnd>();
  for (const end of [...ends, ...ends, 'done', 'done'] as const) {
    const next = nextStep(plan, known);
    if (next.kind === 'end') return { phases: [...known.keys()], end: next };
    assert.ok(!known.has(next.phase), `${next.phase} twice`);
    known.set(next.phase, end);
  }
  const last = nextStep(plan, known);
  assert.ok(last.kind === 'end');
  return { phases: [...known.keys()], end: last };
}

const plan = (over: Partial<PackagePlan>): PackagePlan => ({
  action: 'Install',
  name: 'P',
  target: NEW,
  installed: undefined,
  inPlace: false,
  startedAtMs: 0,
  ...over,
});

it('every operation ends, with no phase twice, and stops at what nobody knows the end of', () => {
  const end = fc.constantFrom<PhaseEnd>('done', 'failed', 'reboot', 'timed-out', 'cancelled', 'interrupted');
  const plans = fc.record({ installed: fc.constantFrom(undefined, OLD), inPlace: fc.boolean() }).map(plan);
  const uninstall = fc.constant(plan({ action: 'Uninstall', target: undefined, installed: OLD }));
  fc.assert(
    fc.property(fc.oneof(plans, uninstall), fc.array(end, { minLength: 3, maxLength: 5 }), (given, ends) => {
      const played = play(given, ends);
      const stopping = ends.slice(0, played.phases.length).findIndex((one) => one !== 'done' && one !== 'failed');
      if (stopping >= 0) {
        assert.equal(played.phases.length, stopping + 1);
        assert.equal(played.end.end, ends[stopping]);
      }
      // Nothing that is on record is removed, and nothing that is interrupted is on record as installed.
      const { record, remove } = played.end;
      if (record !== null && record !== undefined) assert.ok(!remove.includes(record.version));
      if (played.end.end === 'reboot') assert.deepEqual([record, remove], [undefined, []]);
      if (record?.state === 'Installed') assert.ok(['done', 'failed'].includes(played.end.end));
    }),
    { numRuns: 1000 },
  );
});

it('the usual ways', () => {
  assert.deepEqual(play(plan({}), ['done', 'done']).phases, ['fetch', 'install']);
  assert.deepEqual(play(plan({ installed: OLD }), ['done', 'done', 'done']).phases, ['fetch', 'uninstall-old', 'install']);
  // An old version that does not go is not in the way.
  assert.equal(play(plan({ installed: OLD }), ['done', 'failed', 'done']).end.end, 'done');
  assert.deepEqual(play(plan({ installed: OLD, inPlace: true }), ['done', 'done']).phases, ['fetch', 'update']);
  assert.deepEqual(play(plan({ inPlace: true }), ['done', 'done']).phases, ['fetch', 'install']);
  const restarts = play(plan({ installed: OLD }), ['done', 'done', 'failed', 'reboot']);
  assert.deepEqual([restarts.end.end, restarts.end.record], ['reboot', undefined], 'goes on after the restart');
  const undone = play(plan({ installed: OLD }), ['done', 'done', 'failed', 'done', 'failed']);
  assert.deepEqual(undone.phases, ['fetch', 'uninstall-old', 'install', 'undo', 'restore']);
  assert.equal(undone.end.message, 'Failed to install P 2, and failed to roll back to P 1');
  assert.deepEqual(undone.end.record, { version: OLD, state: 'Failed' });
  assert.equal(play(plan({ action: 'Uninstall', target: undefined, installed: OLD }), ['done']).end.record, null);
});
