// A command that is only previewed, through the whole server; and the sentences of a forecast.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import { operatorOf } from '../steering/operator.fixture.ts';
import { forecast } from './preview.ts';

const NODES = 5;

interface Preview {
  readonly TargetCount: number;
  readonly Outcomes: readonly { readonly Outcome: string; readonly Count: number }[];
  readonly Concurrency: number;
  readonly Waves: number;
  readonly ErrorTolerance: number;
  readonly StopsWhen: string;
  readonly Warnings: readonly string[];
  readonly Nodes: readonly {
    readonly InstanceId: string;
    readonly Outcome: string;
    readonly Wave?: number;
    readonly Reason?: string;
  }[];
  readonly NextToken?: string;
}

describe('a preview', () => {
  const simulation = new Simulation({ seed: 21 });
  const { ok, refusal } = operatorOf(() => simulation);
  let ids: readonly string[] = [];
  const input = {
    DocumentName: 'AWS-RunShellScript',
    Parameters: { commands: ['true'] },
    Targets: [{ Key: 'tag:role', Values: ['web'] }],
    MaxConcurrency: '2',
  };
  const preview = async (change: object = {}): Promise<Preview> =>
    (await ok('muster', 'PreviewCommand', { ...input, ...change })) as unknown as Preview;

  before(async () => {
    await simulation.start();
    await simulation.enrol(NODES, [{ Key: 'role', Value: 'web' }], () => 'silent');
    ids = simulation.nodes.map(({ registered }) => registered.nodeId).toSorted();
    simulation.nodes[0]?.leave();
    await simulation.clock.advance(1_000);
  });
  after(() => simulation.stop());

  test('counts nodes by what would become of them, says the waves, and sends nothing', async () => {
    const seen = await preview();
    assert.deepEqual([seen.TargetCount, seen.Concurrency, seen.Waves, seen.ErrorTolerance], [5, 2, 3, 0]);
    assert.deepEqual(seen.Outcomes, [
      { Outcome: 'Run', Count: 4 },
      { Outcome: 'Delayed', Count: 1 },
    ]);
    assert.deepEqual(
      seen.Nodes.map((node) => [node.InstanceId, node.Wave]),
      ids.map((id, index) => [id, Math.floor(index / 2) + 1]),
    );
    const away = seen.Nodes.find((node) => node.Outcome === 'Delayed');
    assert.equal(away?.InstanceId, simulation.nodes[0]?.registered.nodeId);
    assert.match(away?.Reason ?? '', /not connected/);
    assert.match(seen.Warnings.join(' '), /1 node of 5 not connected/);
    assert.equal(seen.NextToken, undefined);
    assert.deepEqual((await ok('ssm', 'ListCommands', {}))['Commands'], []);
  });

  test('tells what the document was warned about', async () => {
    const mainSteps = [{ action: 'aws:runShellScript', name: 'say', inputs: { runCommand: ['echo {{ Word }}'] } }];
    const content = { schemaVersion: '2.2', parameters: { Word: { type: 'String' } }, mainSteps };
    const created = await ok('ssm', 'CreateDocument', { Name: 'Say', Content: JSON.stringify(content), DocumentType: 'Command' });
    const { StatusInformation } = created['DocumentDescription'] as { StatusInformation: string };
    assert.match(StatusInformation, /Word/);
    const { Warnings } = await preview({ DocumentName: 'Say', Parameters: { Word: ['x'] } });
    assert.equal(Warnings[0], `The document: ${StatusInformation}`);
  });

  test('gives nodes page by page, with the numbers and the waves of the whole', async () => {
    const pages: Preview[] = [];
    for (let token: object = {}; pages.length < 9;) {
      const page = await preview({ MaxResults: 2, ...token });
      pages.push(page);
      if (page.NextToken === undefined) break;
      token = { NextToken: page.NextToken };
    }
    assert.deepEqual(
      pages.map((page) => page.Nodes.map((node) => node.Wave)),
      [[1, 1], [2, 2], [3]],
    );
    for (const page of pages) assert.equal(page.TargetCount, NODES);
    assert.match(await refusal('PreviewCommand', { ...input, NextToken: 'nonsense' }), /InvalidNextToken/);
  });

  test('takes nodes named by id as well', async () => {
    const seen = await preview({ Targets: undefined, InstanceIds: ids.slice(1, 3).toReversed(), MaxConcurrency: '50%' });
    assert.deepEqual(
      seen.Nodes.map((node) => node.InstanceId),
      ids.slice(1, 3),
    );
    assert.deepEqual([seen.Concurrency, seen.Waves], [1, 2]);
  });

  test('refuses what SendCommand refuses, in the same words', async () => {
    for (const change of [
      { DocumentName: 'Nowhere' },
      { Parameters: {} },
      { Parameters: { commands: ['true'], nonsense: ['x'] } },
      { Targets: [{ Key: 'nonsense', Values: ['x'] }] },
      { Targets: undefined },
      { Targets: [{ Key: 'resource-groups:Name', Values: ['absent'] }] },
      { Targets: undefined, InstanceIds: ['mi-00000000000000000'] },
    ]) {
      const sent = await simulation.call('SendCommand', { ...input, ...change });
      const seen = await simulation.callOf('muster', 'PreviewCommand', { ...input, ...change });
      assert.equal(sent.status, 400);
      const words = ({ __type: code, Message: message, message: lower }: Record<string, unknown>) => [code, message ?? lower];
      assert.deepEqual([seen.status, ...words(seen.body)], [400, ...words(sent.body)]);
    }
  });
});

const NONE = { Run: 0, Delayed: 0, InvalidPlatform: 0, AccessDenied: 0 };
const at = (maxConcurrency: string, maxErrors: string, counts: Partial<typeof NONE>, cut = false) =>
  forecast({ maxConcurrency, maxErrors }, { counts: { ...NONE, ...counts }, cut });

test('a forecast takes percentages of all targets, and waves of those that start', () => {
  const seen = at('10%', '10%', { Run: 40, Delayed: 10, AccessDenied: 50 });
  assert.deepEqual([seen.targetCount, seen.concurrency, seen.waves, seen.errorTolerance], [100, 10, 5, 10]);
  assert.match(seen.stopsWhen, /^10 nodes may fail or time out/);
});

test('a forecast says when a command stops, and when it never does', () => {
  assert.match(at('1', '0', { Run: 3 }).stopsWhen, /^One failed or timed out node is enough/);
  assert.match(at('1', '100%', { Run: 3 }).stopsWhen, /^It does not stop/);
  assert.equal(at('1', '0', {}).stopsWhen, 'No node would start.');
});

test('a forecast warns of what surprises: nothing matched, roundings, nodes that are away, more than can be counted', () => {
  const warned = (...input: Parameters<typeof at>) => at(...input).warnings.join('\n');
  assert.match(warned('1', '0', {}), /NoInstancesInTag/);
  assert.match(warned('10%', '0', { Run: 5 }), /less than one/);
  assert.match(warned('1', '10%', { Run: 5 }), /rounds down to 0/);
  assert.match(warned('2', '0', { Run: 5, Delayed: 2 }), /together they can hold the whole command/);
  assert.match(warned('2', '0', { Run: 5 }, true), /More than 5 nodes match/);
  assert.equal(warned('2', '0', { Run: 5 }), '');
});
