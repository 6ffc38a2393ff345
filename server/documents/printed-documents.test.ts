// Documents as people print them in notes and tutorials, with their mistakes: accepted as they are, and resolved to what agents run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import type { CreateDocumentResult } from '../platform/api/models/ssm.types.gen.ts';
import { code, setUp } from './documents.fixture.ts';
import { validateParameters } from './validate-parameters.ts';

const step = (action: string, name: string, line: string): object => ({ action, name, inputs: { runCommand: [line] } });
const text = { type: 'String' };

const PRINTED = [
  {
    name: 'DiskSpace',
    content: {
      schemaVersion: '2.2',
      description: 'free space of a Windows drive',
      parameters: { commands: { type: 'String', default: 'Get-PSDrive C | Select-Object Used,Free' } },
      runtimeConfig: {
        'aws:runPowerShellScript': { properties: [{ id: '0.aws:runPowerShellScript', runCommand: '{{ commands }}' }] },
      },
    },
    steps: [{ action: 'aws:runPowerShellScript', name: 'runPowerShellScript', inputs: { runCommand: '{{ commands }}' } }],
    told: [/run as mainSteps/, /runCommand is the value of parameter "commands".* \(Line: 15, Column: 6\)/],
    given: {},
  },
  {
    name: 'RunScript',
    content: {
      schemaVersion: '2.2',
      parameters: { ScriptLocation: text },
      mainSteps: [step('aws:runShellScript', 'runscript', 'sh {{ScriptLocation}}')],
    },
    steps: [step('aws:runShellScript', 'runscript', 'sh {{ScriptLocation}}')],
    told: [/Step "runscript".*"ScriptLocation".*shell injection/],
    given: { ScriptLocation: ['/opt/x.sh'] },
  },
  {
    name: 'RunPowerShell',
    content: {
      schemaVersion: '2.2',
      parameters: { InputString: text },
      mainSteps: [step('aws:runPowerShellScript', 'runpowershell', "Write-Output 'Processing input: {{InputString}}'")],
    },
    steps: [step('aws:runPowerShellScript', 'runpowershell', "Write-Output 'Processing input: {{InputString}}'")],
    told: [/Step "runpowershell".*"InputString".*shell injection/],
    given: { InputString: ['x'] },
  },
];

eachDatabase((_kind, open) => {
  for (const { name, content, steps, told, given } of PRINTED)
    test(`the printed document ${name} is accepted, told of, and sent as its author meant it`, async () => {
      await using domain = await setUp(open);
      const Content = JSON.stringify(content, null, 1);
      const created = await domain.call<CreateDocumentResult>('CreateDocument', { Name: name, Content });
      for (const warning of told) assert.match(created.DocumentDescription?.StatusInformation ?? '', warning);
      const { document } = await domain.documents.library.resolve(testScope, name, undefined);
      assert.deepEqual(document.content['mainSteps'], steps);
      assert.doesNotThrow(() => validateParameters(document, given, name));
    });

  test('what they leave out is refused in words that name it', async () => {
    await using domain = await setUp(open);
    await domain.call('CreateDocument', { Name: 'RunScript', Content: JSON.stringify(PRINTED[1]?.content) });
    const { document } = await domain.documents.library.resolve(testScope, 'RunScript', undefined);
    assert.throws(() => validateParameters(document, {}, 'RunScript'), code('InvalidParameters'));
  });
});
