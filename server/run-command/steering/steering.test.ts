// What an operator does with a command that runs, through the whole server: pause, resume, other limits, an alarm that stops it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { AlarmStates } from '../index.ts';
import { operatorOf, ROUND_TRIP_MS, SCRIPT_MS } from './operator.fixture.ts';

const NODES = 8;

describe('a command that runs', () => {
  let simulation: Simulation;
  let alarm: Awaited<ReturnType<AlarmStates['stateOf']>> | 'unreadable' = 'OK';
  let failing = 0;

  beforeEach(async () => {
    alarm = 'OK';
    failing = 0;
    const stateOf: AlarmStates['stateOf'] = (_scope, _name) =>
      alarm === 'unreadable' ? Promise.reject(new Error('no answer')) : Promise.resolve(alarm);
    simulation = new Simulation({ seed: 5, ports: { alarms: { stateOf } } });
    await simulation.start();
    await simulation.enrol(NODES, [{ Key: 'role', Value: 'web' }], () => {
      const status = failing-- > 0 ? 'Failed' : 'Success';
      return { status, code: 0, stdout: '', stderr: '', delayMs: SCRIPT_MS };
    });
  });
  afterEach(() => simulation.stop());

  const { muster, send, letEnd, refusal, aws, describeCommand } = operatorOf(() => simulation);

  test('starts nothing while it is paused, lets what runs end, and goes on when it is resumed', async () => {
    const id = await send();
    const paused = await muster('PauseCommand', id, { Reason: 'the database is busy' });
    assert.equal(paused.Paused, true);
    assert.match(paused.PausedBy ?? '', /^arn:aws:iam::.*administrator/);
    assert.equal(paused.PausedReason, 'the database is busy');
    assert.match(paused.Holding ?? '', /paused by .* \(the database is busy\).* 6 nodes waiting, 2 in flight\./);
    const later = await letEnd(id);
    assert.deepEqual([later.Counts['Success'], later.Counts['Pending'], later.Counts['InFlight']], [2, 6, 0]);
    const wire = await aws(id);
    assert.deepEqual([wire['Status'], wire['StatusDetails']], ['InProgress', 'InProgress'], 'AWS has no word for it');

    assert.equal((await muster('ResumeCommand', id)).Paused, false);
    const ended = await letEnd(id);
    assert.deepEqual([ended.StatusDetails, ended.Counts['Success'], ended.Holding], ['Success', NODES, undefined]);
    assert.equal(ended.PausedReason, 'the database is busy', 'the last pause stays on record');
  });

  test('stays paused by whom it was when it is paused again', async () => {
    const id = await send();
    const first = await muster('PauseCommand', id, { Reason: 'one' });
    await simulation.clock.advance(1_000);
    const second = await muster('PauseCommand', id, { Reason: 'two' });
    assert.deepEqual([second.PausedReason, second.PausedDateTime], ['one', first.PausedDateTime]);
    await muster('ResumeCommand', id);
    assert.equal((await muster('ResumeCommand', id)).Paused, false);
  });

  test('expires although it is paused: what waited was never delivered', async () => {
    const id = await send({ TimeoutSeconds: 600, Parameters: { commands: ['true'], executionTimeout: ['600'] } });
    await muster('PauseCommand', id);
    await simulation.clock.advance(21 * 60_000);
    const ended = await describeCommand(id);
    assert.deepEqual([ended.Counts['DeliveryTimedOut'], ended.Counts['Success'], ended.Paused], [6, 2, false]);
    assert.match(
      await refusal('PauseCommand', { CommandId: id }),
      new RegExp(`CommandEnded.*Command ${id} has ended: Incomplete\\.`),
    );
  });

  test('can be cancelled although it is paused', async () => {
    const id = await send();
    await muster('PauseCommand', id);
    await simulation.call('CancelCommand', { CommandId: id });
    assert.match((await describeCommand(id)).Holding ?? '', /being cancelled by arn:/);
    assert.equal((await letEnd(id)).StatusDetails, 'Cancelled');
  });

  test('starts more at once when its concurrency is raised, and nothing until it has drained when it is lowered', async () => {
    const id = await send();
    assert.equal((await muster('UpdateCommand', id, { MaxConcurrency: '75%' })).MaxConcurrency, '75%');
    await simulation.clock.advance(ROUND_TRIP_MS);
    assert.equal((await describeCommand(id)).Counts['InFlight'], 6);
    const lowered = await muster('UpdateCommand', id, { MaxConcurrency: '1' });
    assert.match(lowered.Holding ?? '', /6 of at most 1 node in flight \(MaxConcurrency 1\); 2 waiting/);
    await simulation.clock.advance(SCRIPT_MS - ROUND_TRIP_MS);
    const drained = await describeCommand(id);
    assert.deepEqual([drained.Counts['InFlight'], drained.Counts['Pending']], [1, 1]);
    assert.match(await refusal('UpdateCommand', { CommandId: id }), /ValidationException.*Nothing to change/);
  });

  test('goes on when MaxErrors is raised in time, and says so when errors have stopped it', async () => {
    failing = 2;
    const id = await send({ MaxErrors: '0' });
    await muster('UpdateCommand', id, { MaxErrors: '2' });
    const ended = await letEnd(id);
    assert.deepEqual([ended.Counts['Failed'], ended.Counts['Success'], ended.StatusDetails], [2, 6, 'Incomplete']);
  });

  test('is refused by name when nobody knows it', async () => {
    const CommandId = '00000000-0000-4000-8000-000000000000';
    for (const operation of ['PauseCommand', 'ResumeCommand', 'DescribeCommand'])
      assert.match(await refusal(operation, { CommandId }), /InvalidCommandId/);
  });

  describe('with an alarm', () => {
    const withAlarm = (change: object = {}) => ({ AlarmConfiguration: { Alarms: [{ Name: 'errors' }], ...change } });

    test('sends nothing more once it went off, and says which', async () => {
      const id = await send(withAlarm());
      alarm = 'ALARM';
      const ended = await letEnd(id);
      assert.deepEqual([ended.StatusDetails, ended.Counts['Success'], ended.Counts['Terminated']], ['Failed', 2, 6]);
      const wire = await aws(id);
      assert.deepEqual(wire['TriggeredAlarms'], [{ Name: 'errors', State: 'ALARM' }]);
      assert.deepEqual(wire['AlarmConfiguration'], { Alarms: [{ Name: 'errors' }] });
      const { body } = await simulation.call('ListCommandInvocations', { CommandId: id });
      const invocations = body['CommandInvocations'] as { StatusDetails: string; TraceOutput: string }[];
      const terminated = invocations.find(({ StatusDetails }) => StatusDetails === 'Terminated');
      assert.equal(terminated?.TraceOutput, 'Not sent. Stopped by an alarm: errors went off.');
    });

    test('stops as well when its state cannot be read, unless it is told to ignore that', async () => {
      alarm = 'unreadable';
      const stopped = await send(withAlarm());
      const ignored = await send(withAlarm({ IgnorePollAlarmFailure: true }));
      assert.equal((await letEnd(stopped)).Counts['Terminated'], NODES);
      assert.deepEqual((await aws(stopped))['TriggeredAlarms'], [{ Name: 'errors', State: 'UNKNOWN' }]);
      assert.equal((await letEnd(ignored)).Counts['Success'], NODES);
    });

    test('is refused where nobody knows alarms', async () => {
      const plain = new Simulation({ seed: 6 });
      try {
        await plain.start();
        const input = { DocumentName: 'AWS-RunShellScript', Targets: [{ Key: 'tag:role', Values: ['web'] }], ...withAlarm() };
        const { status, body } = await plain.call('SendCommand', { Parameters: { commands: ['true'] }, ...input });
        assert.equal(status, 400);
        assert.match(String(body['message'] ?? body['Message']), /AlarmConfiguration is not supported yet/);
      } finally {
        await plain.stop();
      }
    });
  });
});
