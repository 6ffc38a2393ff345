// Replies late, twice and out of order end in the same state as replies in order.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AgentReply, AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import fc from 'fast-check';
import { type InvocationState, isFinal } from './command.ts';
import { foldReply, type KnownStep } from './fold-reply.ts';

function stepResult(status: AgentStatus, endDateTime: string, code = 0): AgentStepResult {
  return {
    status,
    code,
    name: 'aws:runShellScript',
    output: '',
    startDateTime: '2026-11-20T15:36:07.000Z',
    endDateTime,
    outputS3BucketName: '',
    outputS3KeyPrefix: '',
    stepName: 'one',
    standardOutput: '',
    standardError: '',
  };
}

function reply(documentStatus: AgentStatus, runtimeStatus: AgentReply['runtimeStatus']): AgentReply {
  return {
    additionalInfo: {
      agent: { lang: 'en-US', name: 'amazon-ssm-agent', os: '', osver: '1', ver: '3.3.0.0' },
      dateTime: '2026-11-20T15:36:07.444Z',
      runId: '',
      runtimeStatusCounts: null,
    },
    documentStatus,
    documentTraceOutput: '',
    runtimeStatus,
  };
}

function fold(
  replies: readonly AgentReply[],
  start: InvocationState = 'InProgress',
): { state: InvocationState; known: Map<string, KnownStep> } {
  let state = start;
  const known = new Map<string, KnownStep>();
  for (const one of replies) {
    const folded = foldReply(state, known, one);
    state = folded.state ?? state;
    for (const step of folded.steps) known.set(step.name, { status: step.status, endedAt: step.endedAt });
  }
  return { state, known };
}

const FIRST = reply('InProgress', null);
const STEP = reply('InProgress', { one: stepResult('Success', '2026-11-20T15:36:07.500Z') });
const LAST = reply('Success', {});

test('the order in which replies arrive does not matter', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([FIRST, STEP, LAST, STEP, LAST, FIRST], { minLength: 6, maxLength: 6 }), (replies) => {
      const { state, known } = fold(replies);
      assert.equal(state, 'Success');
      assert.equal(known.get('one')?.status, 'Success');
    }),
  );
});

test('a node that makes up steps is believed as many as a document can have', () => {
  const made = Array.from({ length: 10 }, (_, n) =>
    reply(
      'InProgress',
      Object.fromEntries(
        Array.from({ length: 50 }, (_none, m) => [`${n} ${m}`, stepResult('Success', '2026-11-20T15:36:07.500Z')]),
      ),
    ),
  );
  const { known } = fold(made);
  assert.equal(known.size, 200);
  const again = reply('InProgress', { '0 0': stepResult('Failed', '2026-11-20T15:36:08.500Z'), new: stepResult('Failed', '') });
  assert.deepEqual(
    foldReply('InProgress', known, again).steps.map(({ name, status }) => [name, status]),
    [['0 0', 'Failed']],
  );
});

test('a final state never changes', () => {
  for (const state of ['Success', 'Failed', 'Cancelled', 'DeliveryTimedOut', 'Terminated'] as const) {
    for (const told of ['InProgress', 'Success', 'Failed', 'TimedOut', 'Cancelled'] as const) {
      assert.equal(foldReply(state, new Map(), reply(told, null)).state, undefined);
    }
  }
});

test('a reboot is not an end: the step runs again and its later report wins', () => {
  const rebooted = reply('SuccessAndReboot', { one: stepResult('SuccessAndReboot', '2026-11-20T15:36:08.000Z', 194) });
  const again = reply('InProgress', { one: stepResult('Success', '2026-11-20T15:38:00.000Z') });
  const { state, known } = fold([FIRST, rebooted, again]);
  assert.equal(state, 'InProgress');
  assert.equal(known.get('one')?.status, 'Success');
  assert.equal(fold([FIRST, rebooted, again, LAST]).state, 'Success');
});

test('an agent that reports progress does not take back a cancellation', () => {
  assert.equal(fold([FIRST, STEP], 'Cancelling').state, 'Cancelling');
  assert.equal(fold([reply('Cancelled', null)], 'Cancelling').state, 'Cancelled');
});

test('a reply moves a delayed invocation on', () => {
  assert.equal(fold([FIRST], 'Delayed').state, 'InProgress');
  assert.ok(isFinal(fold([reply('Failed', {})], 'Delayed').state));
});
