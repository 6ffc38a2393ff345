// Why a node did or did not: the sentences for each situation, and the facts through the whole server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { NodeStanding } from '../../nodes/index.ts';
import type { NodeId } from '../../platform/ids.ts';
import type { FinalState } from '../command.ts';
import { explain, type ExplainFacts } from './explain.ts';
import { operatorOf, ROUND_TRIP_MS, SCRIPT_MS } from './operator.fixture.ts';
import { command, invocation } from '../rows.fixture.ts';

const AT = Date.parse('2026-07-07T00:00:00Z');

const standing = (change: Partial<NodeStanding> = {}): NodeStanding => ({
  node: {
    nodeId: 'mi-1' as NodeId,
    platformType: 'Linux',
    platformName: undefined,
    computerName: undefined,
    agentVersion: undefined,
  },
  registeredAt: new Date(AT - 1_000),
  pingStatus: 'Online',
  lastPingAt: new Date(AT),
  targets: [],
  ...change,
});

function facts(change: Partial<ExplainFacts> = {}): ExplainFacts {
  return {
    command: command(1, { requested_at: AT, resolved_at: AT + 1_000, expires_at: AT + 3_600_000 }),
    invocation: undefined,
    standing: standing(),
    connected: true,
    before: undefined,
    unfinished: 0,
    unfinishedMax: 5,
    steps: [],
    platformTypes: ['Linux'],
    ...change,
  };
}

const said = (change: Partial<ExplainFacts>): string => {
  const { summary, reasons } = explain(facts(change));
  return [summary, ...reasons].join(' ');
};

test('a node that is no target: what it lacks, or what came too late', () => {
  const target = (key: string, values: string[], has?: string) => standing({ targets: [{ key, values, matches: false, has }] });
  assert.match(said({ standing: undefined }), /not registered/);
  assert.match(
    said({ standing: target('tag:role', ['web', 'app'], 'db') }),
    /Its tag role is db; the command wants web or app\./,
  );
  assert.match(said({ standing: target('tag:role', ['web']) }), /It has no tag role; the command wants web\./);
  assert.match(said({ standing: target('resource-groups:Name', ['fleet']) }), /not in the resource group fleet/);
  assert.match(said({ standing: standing({ registeredAt: new Date(AT + 60_000) }) }), /registered after the command was sent/);
  assert.match(said({}), /matches now, but did not when the targets of the command were found/);
  assert.match(said({ command: command(1, { resolved: 0 }) }), /still being found/);
  assert.match(said({ command: command(1, { instance_ids: '["mi-2"]' }) }), /names its nodes by id.*mi-2/);
});

test('a node that waits: paused, concurrency full, not connected, five unfinished commands', () => {
  const pending = (change: object) => command(1, { pending: 1, in_flight: 2, max_concurrency: '2', ...change });
  const row = invocation(1, 1);
  assert.match(said({ invocation: row, command: pending({}) }), /2 of at most 2 nodes in flight/);
  const paused = { paused: 1, paused_by: 'arn:x', paused_reason: 'lunch' };
  assert.match(said({ invocation: row, command: pending(paused) }), /paused by arn:x \(lunch\)/);
  const sent = invocation(1, 1, { state: 'InProgress', dispatched_at: AT });
  assert.match(said({ invocation: sent, unfinished: 5 }), /5 unfinished commands; at most 5/);
  assert.match(said({ invocation: sent }), /has not acknowledged/);
  assert.match(said({ invocation: { ...sent, state: 'Delayed' }, connected: false }), /starts when it connects.*last seen/);
  assert.match(said({ invocation: { ...sent, delivered_at: AT }, connected: false }), /reports when it connects again/);
});

test('a node that has ended: how, and by whom', () => {
  const end = (state: FinalState, change: object = {}) => invocation(1, 1, { state, finished_at: AT, ...change });
  const steps = [{ step_name: 'one', status: 'Failed', code: 3, output: 'no' }];
  assert.match(said({ invocation: end('Failed'), steps }), /ended Failed .* Step one ended Failed with code 3/);
  assert.match(said({ invocation: end('Cancelled', { cancelled_by: 'arn:y' }) }), /Cancelled by arn:y before it was sent/);
  assert.match(said({ invocation: end('DeliveryTimedOut') }), /turn did not come before the command expired/);
  assert.match(
    said({ invocation: end('DeliveryTimedOut', { dispatched_at: AT }), connected: false }),
    /did not take it.*last seen/,
  );
  assert.match(said({ invocation: end('DeliveryTimedOut', { dispatched_at: AT, delivered_at: AT }) }), /no final reply/);
  assert.match(said({ invocation: end('Terminated', { trace: 'Not sent: too many.' }) }), /^Not sent: too many\.$/);
  assert.match(
    said({ invocation: end('InvalidPlatform', { platform_type: 'MacOS' }) }),
    /does not support MacOS\. It supports Linux/,
  );
  const by = command(1, { requested_by: '{"arn":"arn:z"}' });
  assert.match(said({ invocation: end('AccessDenied'), command: by }), /arn:z may not run commands on this node/);
});

test('a step that was skipped: why, also where everything else succeeded', () => {
  const steps = [{ step_name: 'win', status: 'Skipped', code: 0, output: 'unsatisfied preconditions: \'"StringEquals"\'' }];
  const row = invocation(1, 1, { state: 'Success', finished_at: AT });
  assert.match(
    said({ invocation: row, steps }),
    /^The document ended Success .* Step win was skipped: unsatisfied preconditions/,
  );
});

test('a node that a rerun did not take', () => {
  const rerun = command(2, { rerun_of: 'old', rerun_epoch: 0, rerun_states: '["Failed"]' });
  const old = (change: object) => invocation(1, 1, { state: 'Failed', finished_at: AT, ...change });
  assert.match(said({ command: rerun }), /had nothing to do on the node/);
  assert.match(said({ command: rerun, before: old({ state: 'InProgress', finished_at: null }) }), /had not ended on the node/);
  assert.match(said({ command: rerun, before: old({ final_epoch: 1 }) }), /had not ended on the node/);
  assert.match(said({ command: rerun, before: old({ state: 'Success' }) }), /ended Success, which the rerun does not take/);
  assert.match(said({ command: rerun, before: old({}), standing: undefined }), /not registered any more/);
});

describe('through the server', () => {
  const simulation = new Simulation({ seed: 31 });
  const { ok, send, muster } = operatorOf(() => simulation);
  let ids: readonly string[] = [];
  const why = async (CommandId: string, InstanceId = '') => {
    const answer = await ok('muster', 'ExplainInvocation', { CommandId, InstanceId });
    return [answer['Verdict'], answer['Summary'], ...(answer['Reasons'] as string[])].join(' ');
  };

  before(async () => {
    await simulation.start();
    const script = () => ({ status: 'Success', code: 0, stdout: '', stderr: '', delayMs: SCRIPT_MS }) as const;
    await simulation.enrol(4, [{ Key: 'role', Value: 'web' }], script);
    ids = simulation.nodes.map(({ registered }) => registered.nodeId).toSorted();
    await simulation.enrol(1, [{ Key: 'role', Value: 'db' }], script);
  });
  after(() => simulation.stop());

  test('each node of a paused command says where it is, and others why they are none of it', async () => {
    const away = simulation.nodes.find(({ registered }) => registered.nodeId === ids[0]);
    away?.leave();
    await simulation.clock.advance(ROUND_TRIP_MS);
    const id = await send();
    await muster('PauseCommand', id, { Reason: 'lunch' });
    assert.match(await why(id, ids[0]), /^Delayed The node is not connected: .* last seen/);
    assert.match(await why(id, ids[1]), /^InProgress The node has been running it since/);
    assert.match(await why(id, ids[2]), /^Pending The command is paused by arn:.*lunch/);
    const other = simulation.nodes[4]?.registered.nodeId;
    assert.match(
      await why(id, other),
      /^NotTargeted The node does not match a target.* Its tag role is db; the command wants web/,
    );
    assert.match(await why(id, 'mi-00000000000000000'), /^NotTargeted The node is not registered/);
    await ok('ssm', 'CancelCommand', { CommandId: id });
    await simulation.clock.advance(ROUND_TRIP_MS);
    assert.match(await why(id, ids[3]), /^Cancelled Cancelled by arn:.*administrator before it was sent/);
    const unknown = { CommandId: '00000000-0000-4000-8000-000000000000', InstanceId: ids[0] };
    assert.equal((await simulation.callOf('muster', 'ExplainInvocation', unknown)).body['__type'], 'InvalidCommandId');
  });
});
