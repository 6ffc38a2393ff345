// Running a part of a command again, through the whole server.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { ReceivedJob } from '@muster/testkit/fleet/simulated-node.ts';
import { tables } from '../../platform/store/index.ts';
import { operatorOf, ROUND_TRIP_MS, SCRIPT_MS } from './operator.fixture.ts';
import type { RunCommandTables } from '../tables.ts';

const NODES = 6;

describe('a rerun', () => {
  let simulation: Simulation;
  /** Nodes whose scripts fail. */
  let bad = new Set<string>();
  let ran: ReceivedJob[] = [];
  const { muster, send, letEnd, refusal, aws, invocations, ok } = operatorOf(() => simulation);
  const ids = (): string[] => simulation.nodes.map(({ registered }) => registered.nodeId).toSorted();

  beforeEach(async () => {
    bad = new Set();
    ran = [];
    simulation = new Simulation({ seed: 8 });
    await simulation.start();
    await simulation.enrol(NODES, [{ Key: 'role', Value: 'web' }], (job) => {
      ran.push(job);
      const status = bad.has(job.nodeId) ? 'Failed' : 'Success';
      return { status, code: 0, stdout: '', stderr: '', delayMs: SCRIPT_MS };
    });
  });
  afterEach(() => simulation.stop());

  test('takes the nodes that failed, with the very document and parameters that were sent', async () => {
    const document = (command: string) =>
      JSON.stringify({
        schemaVersion: '2.2',
        parameters: { Word: { type: 'String' } },
        mainSteps: [{ action: 'aws:runShellScript', name: 'say', inputs: { runCommand: [command] } }],
      });
    await ok('ssm', 'CreateDocument', { Name: 'Say', Content: document('echo one {{ Word }}'), DocumentType: 'Command' });
    bad = new Set(ids().slice(0, 2));
    const id = await send({ DocumentName: 'Say', Parameters: { Word: ['w'] }, MaxErrors: '100%', MaxConcurrency: '100%' });
    await letEnd(id);
    await ok('ssm', 'UpdateDocument', { Name: 'Say', Content: document('echo two'), DocumentVersion: '$LATEST' });
    await ok('ssm', 'UpdateDocumentDefaultVersion', { Name: 'Say', DocumentVersion: '2' });
    const failed = [...bad];
    bad = new Set();
    ran = [];
    const rerun = await muster('RerunCommand', id, { MaxConcurrency: '1', Comment: 'again' });
    assert.equal(rerun.RerunOf, id);
    const ended = await letEnd(rerun.CommandId);
    assert.deepEqual([ended.StatusDetails, ended.TargetCount, ended.MaxConcurrency], ['Success', 2, '1']);
    assert.deepEqual(ran.map((job) => job.nodeId).toSorted(), failed);
    assert.deepEqual(ran[0]?.parameters, { Word: 'w' });
    const wire = await aws(rerun.CommandId);
    assert.deepEqual([wire['InstanceIds'], wire['Targets'], wire['Comment']], [[], [], 'again']);
  });

  test('takes only what is final when it is asked for, although more ends in the same instant and later', async () => {
    bad = new Set(ids());
    const id = await send({ MaxErrors: '100%' });
    await simulation.clock.advance(SCRIPT_MS);
    const final = [...(await invocations(id))].filter(([, state]) => state === 'Failed').map(([node]) => node);
    assert.equal(final.length, 2);
    const rerun = await muster('RerunCommand', id);
    await letEnd(id);
    await letEnd(rerun.CommandId);
    assert.deepEqual([...(await invocations(rerun.CommandId)).keys()], final);
    const epochs = await simulation.database.read((tx) =>
      tables<RunCommandTables>(tx)
        .selectFrom('run_command_invocation')
        .select(['node_id', 'final_epoch'])
        .where('command_id', '=', id)
        .execute(),
    );
    for (const row of epochs) assert.equal(row.final_epoch, final.includes(row.node_id) ? 0 : 1, 'whatever the clock said');
    const second = await muster('RerunCommand', id);
    await letEnd(second.CommandId);
    assert.deepEqual([...(await invocations(second.CommandId)).keys()], ids());
  });

  test('takes the states and the nodes that are named', async () => {
    const [first = '', second = '', third = ''] = ids();
    bad = new Set([first]);
    const id = await send({ MaxErrors: '100%', MaxConcurrency: '100%' });
    await letEnd(id);
    const again = async (input: object) => {
      const rerun = await muster('RerunCommand', id, { ...input });
      await letEnd(rerun.CommandId);
      return [...(await invocations(rerun.CommandId)).keys()];
    };
    assert.deepEqual(await again({ StatusDetails: ['Success'] }), ids().slice(1));
    assert.deepEqual(await again({ InstanceIds: [second, first] }), [first, second]);
    assert.deepEqual(await again({ InstanceIds: [first, third], StatusDetails: ['Success'] }), [third]);
  });

  test('is refused when there is nothing to run again, and for nodes that are no part of it or still run', async () => {
    const [first = ''] = ids();
    const id = await send({ InstanceIds: [first] });
    assert.match(await refusal('RerunCommand', { CommandId: id }), /NothingToRerun/);
    assert.match(await refusal('RerunCommand', { CommandId: id, InstanceIds: [first] }), /InvalidInstanceId.*not ended yet/);
    assert.match(await refusal('RerunCommand', { CommandId: id, InstanceIds: [ids()[1]] }), /InvalidInstanceId.*not targets/);
    await letEnd(id);
    assert.match(await refusal('RerunCommand', { CommandId: id }), /NothingToRerun/);
    assert.match(
      await refusal('RerunCommand', { CommandId: id, InstanceIds: [first], StatusDetails: ['Failed'] }),
      /NothingToRerun/,
    );
    const CommandId = '00000000-0000-4000-8000-000000000000';
    assert.match(await refusal('RerunCommand', { CommandId }), /InvalidCommandId/);
  });

  test('leaves out nodes that are gone, and says so; a rerun can be run again', async () => {
    const [first = '', second = ''] = ids();
    bad = new Set([first, second]);
    const id = await send({ MaxErrors: '100%', MaxConcurrency: '100%' });
    await letEnd(id);
    await ok('ssm', 'DeregisterManagedInstance', { InstanceId: first });
    const rerun = await muster('RerunCommand', id);
    await simulation.clock.advance(ROUND_TRIP_MS);
    await letEnd(rerun.CommandId);
    assert.deepEqual([...(await invocations(rerun.CommandId))], [[second, 'Failed']]);
    const why = await ok('muster', 'ExplainInvocation', { CommandId: rerun.CommandId, InstanceId: first });
    assert.deepEqual(
      [why['Verdict'], why['Summary']],
      ['NotTargeted', 'The node was to be run again, but is not registered any more.'],
    );
    const third = await muster('RerunCommand', rerun.CommandId);
    assert.deepEqual([third.RerunOf, (await letEnd(third.CommandId)).TargetCount], [rerun.CommandId, 1]);
  });
});
