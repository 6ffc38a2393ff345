// Commands sent to resource groups, through the whole server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';

const TIME_TO_FINISH_MS = 10_000;

describe('a command to a resource group', () => {
  const simulation = new Simulation({ seed: 11 });
  let web: string[] = [];
  let all: string[] = [];

  const groups = async (operation: string, input: Readonly<Record<string, unknown>>): Promise<void> => {
    const caller = {
      transport: simulation.network,
      region: 'us-east-1',
      now: simulation.clock.now(),
      credentials: simulation.administrator,
    };
    const answer = await callOperation(caller, 'resource-groups', operation, input);
    assert.equal(answer.status, 200, answer.body);
  };
  const target = (Key: string, ...Values: string[]) => ({ Key, Values });
  const send = (...Targets: object[]) =>
    simulation.call('SendCommand', {
      DocumentName: 'AWS-RunShellScript',
      Parameters: { commands: ['true'] },
      Targets,
      MaxConcurrency: '100%',
    });
  /** Who got it, when it is over. */
  const reached = async (...targets: object[]): Promise<string[]> => {
    const { status, body } = await send(...targets);
    assert.equal(status, 200, JSON.stringify(body));
    const { CommandId } = body['Command'] as { CommandId: string };
    await simulation.clock.advance(TIME_TO_FINISH_MS);
    const listed = await simulation.call('ListCommandInvocations', { CommandId });
    const invocations = listed.body['CommandInvocations'] as { InstanceId: string; Status: string }[];
    for (const { Status } of invocations) assert.equal(Status, 'Success');
    return invocations.map(({ InstanceId }) => InstanceId).toSorted();
  };

  before(async () => {
    await simulation.start();
    const script = () => ({ status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 0 }) as const;
    await simulation.enrol(3, [{ Key: 'role', Value: 'web' }], script);
    await simulation.enrol(2, [{ Key: 'role', Value: 'db' }], script);
    all = simulation.nodes.map(({ registered }) => registered.nodeId);
    web = all.slice(0, 3);
    const Query = JSON.stringify({
      ResourceTypeFilters: ['AWS::AllSupported'],
      TagFilters: [{ Key: 'role', Values: ['web'] }],
    });
    await groups('CreateGroup', { Name: 'web', ResourceQuery: { Type: 'TAG_FILTERS_1_0', Query } });
    await groups('CreateGroup', { Name: 'picked', Configuration: [{ Type: 'AWS::ResourceGroups::Generic' }] });
    const ResourceArns = all.slice(2).map((id) => `arn:aws:ssm:us-east-1:000000000000:managed-instance/${id}`);
    await groups('GroupResources', { Group: 'picked', ResourceArns });
  });
  after(() => simulation.stop());

  test('with a query reaches the nodes that the query finds', async () => {
    assert.deepEqual(await reached(target('resource-groups:Name', 'web')), web.toSorted());
  });

  test('with named members reaches these', async () => {
    assert.deepEqual(await reached(target('resource-groups:Name', 'picked')), all.slice(2).toSorted());
  });

  test('reaches only resources of the asked types, and those that match the other targets too', async () => {
    const picked = target('resource-groups:Name', 'picked');
    const types = (...values: string[]) => target('resource-groups:ResourceTypeFilters', ...values);
    assert.deepEqual(await reached(picked, types('AWS::SSM::ManagedInstance')), all.slice(2).toSorted());
    assert.deepEqual(await reached(picked, types('AWS::EC2::Instance')), []);
    assert.deepEqual(await reached(picked, target('tag:role', 'web')), all.slice(2, 3));
  });

  test('that is not there, or is not named as AWS has it, is refused at once', async () => {
    for (const [targets, sentence] of [
      [[target('resource-groups:Name', 'absent')], /resource group absent does not exist/],
      [[target('resource-groups:Name', 'web', 'picked')], /takes one value/],
      [[target('resource-groups:Name', 'web'), target('resource-groups:Name', 'picked')], /only one resource group/],
      [[target('resource-groups:ResourceTypeFilters', 'AWS::EC2::Instance')], /needs one 'resource-groups:Name'/],
      [[target('resource-groups:Nome', 'web')], /not a valid target key/],
    ] as const) {
      const { status, body } = await send(...targets);
      assert.deepEqual([status, body['__type']], [400, 'ValidationException']);
      assert.match(String(body['message'] ?? body['Message']), sentence);
    }
  });
});
