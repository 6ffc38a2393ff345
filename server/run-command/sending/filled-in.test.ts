// What Parameter Store fills into a document is held against the document's own rules before a node gets it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { ReferencedParameter } from './parameter-references.ts';

const STORED: Readonly<Record<string, string>> = { good: 'web', evil: 'web; id' };

describe('a default that refers to Parameter Store', () => {
  const parameters = {
    find: async (_scope: unknown, _caller: unknown, names: readonly string[]) =>
      new Map(names.map((name): [string, ReferencedParameter] => [name, { type: 'String', value: STORED[name] ?? '' }])),
  };
  const simulation = new Simulation({ seed: 31, ports: { parameters } });
  const got: unknown[] = [];

  before(async () => {
    await simulation.start();
    await simulation.enrol(1, [], ({ content }) => {
      got.push((JSON.parse(content) as { DocumentContent: { parameters: unknown } }).DocumentContent.parameters);
      return { status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 0 };
    });
  });
  after(() => simulation.stop());

  async function send(name: string, declaration: object): Promise<{ status: number; message: string }> {
    const mainSteps = [{ action: 'aws:runShellScript', name: 'a', inputs: { runCommand: ['echo {{ Name }}'] } }];
    const Content = JSON.stringify({ schemaVersion: '2.2', parameters: { Name: declaration }, mainSteps });
    const created = await simulation.call('CreateDocument', { Name: name, Content, DocumentType: 'Command' });
    assert.equal(created.status, 200, JSON.stringify(created.body));
    const InstanceIds = simulation.nodes.map(({ registered }) => registered.nodeId);
    const { status, body } = await simulation.call('SendCommand', { DocumentName: name, InstanceIds });
    await simulation.clock.advance(1_000);
    return { status, message: `${String(body['__type'])}: ${String(body['Message'])}` };
  }

  test('that only looks like a reference is a text like any other', async () => {
    await assert.rejects(
      send('Fake', { type: 'String', allowedPattern: '^[a-z]+$', default: 'x; id; {{ssm:' }),
      /InvalidDocumentContent/,
    );
  });

  test('is sent where it keeps the rules', async () => {
    assert.equal((await send('Good', { type: 'String', allowedPattern: '^[a-z]+$', default: '{{ssm:good}}' })).status, 200);
    assert.deepEqual(got, [{ Name: { type: 'String', allowedPattern: '^[a-z]+$', default: 'web' } }]);
  });

  test('is refused where it breaks one, and no node gets it', async () => {
    for (const [name, rule, why] of [
      ['Pattern', { allowedPattern: '^[a-z]+$' }, /does not match the allowed pattern/],
      ['Short', { maxChars: 3 }, /at most 3/],
      ['Spaced', { allowedPattern: '^[a-z]+$', default: '{{ ssm:evil }}' }, /does not match the allowed pattern/],
      [
        'List',
        { type: 'StringList', allowedPattern: '^[a-z]+$', default: ['{{ssm:evil}}'] },
        /does not match the allowed pattern/,
      ],
    ] as const) {
      const { message } = await send(name, { type: 'String', default: '{{ssm:evil}}', ...rule });
      assert.match(message, /^InvalidParameters: .*Parameter "Name"/);
      assert.match(message, why);
    }
    assert.equal(got.length, 1);
  });
});
