// What a new user tries with the AWS CLI: documents in YAML and JSON with parameters and versions, run by tag and by resource group, and the
// documents that people print in their notes. Two agents are tagged, this machine's own is not. PowerShell is a stand-in that prints the
// script. Needs: aws, a POSIX shell.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { explain, finishedCommand, listInvocations } from './commands.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
let server: RunningServer;
let fleet: AgentFleet;
let tagged: readonly string[];

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'start' });
  const tools = join(server.dataDir, '..', 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'pwsh'), '#!/bin/sh\nfor file; do :; done; cat "$file"\n');
  chmodSync(join(tools, 'pwsh'), 0o755);
  fleet = await AgentFleet.start(server, 2, { key: 'role', value: 'web' }, { PATH: `${tools}:${process.env['PATH'] ?? ''}` });
  tagged = fleet.agents.map(({ nodeId }) => nodeId).toSorted();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** As a person does it: the content in a file. */
function file(name: string, content: string): string {
  const path = join(server.dataDir, '..', name);
  writeFileSync(path, content);
  return `file://${path}`;
}

const ssm = (operation: string, ...args: readonly string[]): Promise<Json> => aws(server, 'ssm', operation, ...args);

async function create(name: string, content: string, format: 'JSON' | 'YAML'): Promise<Json> {
  const args = ['--name', name, '--document-type', 'Command', '--document-format', format, '--content', file(name, content)];
  return (await ssm('create-document', ...args))['DocumentDescription'] as Json;
}

/** The id of the command, which has ended as it should. */
async function run(document: string, ...args: readonly string[]): Promise<string> {
  const sent = await ssm('send-command', '--document-name', document, ...args);
  const commandId = String((sent['Command'] as Json)['CommandId']);
  const { Status } = await finishedCommand(server, commandId, SOON_MS);
  assert.equal(Status, 'Success', await explain(server, commandId));
  return commandId;
}

async function output(commandId: string, nodeId: string): Promise<unknown> {
  const told = await ssm('get-command-invocation', '--command-id', commandId, '--instance-id', nodeId);
  return told['StandardOutputContent'];
}

const here = (): readonly string[] => ['--instance-ids', server.localNodeId];

async function ranOn(commandId: string): Promise<readonly string[]> {
  return (await listInvocations(server, commandId)).map(({ InstanceId }) => String(InstanceId)).toSorted();
}

test('a YAML document has versions, names and a default; each runs as it was written', options, async () => {
  const greeting = (word: string): string =>
    `schemaVersion: "2.2"
description: ${word} somebody
parameters:
  Who: {type: String, default: world, allowedPattern: "^[a-z]{1,20}$"}
  Times: {type: Integer, default: 1, allowedValues: [1, 2, 3]}
mainSteps:
- name: greet
  action: aws:runShellScript
  inputs:
    runCommand:
    - 'for i in $(seq {{ Times }}); do echo "${word}, {{ Who }}"; done'
`;
  await create('Greet', greeting('hello'), 'YAML');
  const given = ['--parameters', '{"Who":["you"],"Times":["2"]}'];
  const update = ['--name', 'Greet', '--document-format', 'YAML', '--content', file('Greet2', greeting('goodbye'))];
  await ssm('update-document', ...update, '--document-version', '$LATEST', '--version-name', 'second');
  assert.equal(await output(await run('Greet', ...here(), ...given), server.localNodeId), 'hello, you\nhello, you\n');
  const latest = await run('Greet', ...here(), '--document-version', '$LATEST');
  assert.equal(await output(latest, server.localNodeId), 'goodbye, world\n');
  await ssm('update-document-default-version', '--name', 'Greet', '--document-version', '2');
  assert.equal(await output(await run('Greet', ...here()), server.localNodeId), 'goodbye, world\n');
  assert.equal(await output(await run('Greet', ...here(), '--document-version', '1'), server.localNodeId), 'hello, world\n');
  const read = await ssm('get-document', '--name', 'Greet', '--version-name', 'second', '--document-format', 'JSON');
  assert.equal((JSON.parse(String(read['Content'])) as Json)['description'], 'goodbye somebody');
  const versions = (await ssm('list-document-versions', '--name', 'Greet'))['DocumentVersions'] as readonly Json[];
  assert.deepEqual(
    versions.map(({ DocumentVersion, IsDefaultVersion }) => [DocumentVersion, IsDefaultVersion]),
    [
      ['2', true],
      ['1', false],
    ],
  );
  const hash = String(((await ssm('describe-document', '--name', 'Greet'))['Document'] as Json)['Hash']);
  await run('Greet', ...here(), '--document-hash', hash, '--document-hash-type', 'Sha256');
  for (const [parameters, why] of [
    ['{"Who":["you; id"]}', /\(InvalidParameters\).*Parameter "Who".*\^\[a-z\]\{1,20\}\$/],
    ['{"Times":["9"]}', /\(InvalidParameters\).*Parameter "Times".*\[1, 2, 3\]/],
    ['{"Whom":["you"]}', /\(InvalidParameters\).*Whom/],
  ] as const)
    assert.match(
      await awsRefusal(server, 'ssm', 'send-command', '--document-name', 'Greet', ...here(), '--parameters', parameters),
      why,
    );
  await ssm('delete-document', '--name', 'Greet');
  assert.match(await awsRefusal(server, 'ssm', 'get-document', '--name', 'Greet'), /\(InvalidDocument\)/);
});

test('a JSON document takes a list and a map, and runs by tag on the tagged nodes alone', options, async () => {
  const content = {
    schemaVersion: '2.2',
    parameters: {
      Names: { type: 'StringList', minItems: 1, maxItems: 3 },
      Settings: { type: 'StringMap', default: {} },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'show',
        inputs: { runCommand: ["printf '%s\\n' '{{ Names }}' '{{ Settings }}'"], timeoutSeconds: '60' },
      },
    ],
  };
  await create('Show', JSON.stringify(content), 'JSON');
  const parameters = JSON.stringify({ Names: ['a', 'b c'], Settings: ['{"color":"red"}'] });
  const commandId = await run('Show', '--targets', 'Key=tag:role,Values=web', '--parameters', parameters);
  assert.deepEqual(await ranOn(commandId), tagged);
  assert.equal(await output(commandId, tagged[0] ?? ''), '["a","b c"]\n{"color":"red"}\n');
});

test('a command runs on a resource group: what its tag query finds now', options, async () => {
  const query = (values: readonly string[]): string =>
    JSON.stringify({
      Type: 'TAG_FILTERS_1_0',
      Query: JSON.stringify({ ResourceTypeFilters: ['AWS::AllSupported'], TagFilters: [{ Key: 'role', Values: values }] }),
    });
  await aws(server, 'resource-groups', 'create-group', '--name', 'fleet', '--resource-query', query(['web']));
  const group = ['--targets', 'Key=resource-groups:Name,Values=fleet', '--parameters', 'commands=hostname'];
  assert.deepEqual(await ranOn(await run('AWS-RunShellScript', ...group)), tagged);
  const resource = ['--resource-type', 'ManagedInstance', '--resource-id', server.localNodeId];
  await ssm('add-tags-to-resource', ...resource, '--tags', 'Key=role,Value=db');
  await aws(server, 'resource-groups', 'update-group-query', '--group-name', 'fleet', '--resource-query', query(['web', 'db']));
  const everywhere = [...tagged, server.localNodeId].toSorted();
  assert.deepEqual(await ranOn(await run('AWS-RunShellScript', ...group)), everywhere);
  const nowhere = ['--targets', 'Key=resource-groups:Name,Values=nowhere', '--parameters', 'commands=hostname'];
  const refused = await awsRefusal(server, 'ssm', 'send-command', '--document-name', 'AWS-RunShellScript', ...nowhere);
  assert.match(refused, /\(ValidationException\).*resource group nowhere does not exist/);
});

test('the printed document with runtimeConfig below schema 2.2 runs as its author meant it', options, async () => {
  const command = 'Get-PSDrive C | Select-Object Used,Free';
  const properties = [{ id: '0.aws:runPowerShellScript', runCommand: '{{ commands }}' }];
  const content = {
    schemaVersion: '2.2',
    description: 'free space of a Windows drive',
    parameters: { commands: { type: 'String', description: 'what to run', default: command } },
    runtimeConfig: { 'aws:runPowerShellScript': { properties } },
  };
  const described = await create('DiskSpace', JSON.stringify(content, null, 2), 'JSON');
  assert.match(String(described['StatusInformation']), /runtimeConfig: its plugins are run as mainSteps/);
  const target = ['--instance-ids', tagged[0] ?? ''];
  assert.match(
    String(await output(await run('DiskSpace', ...target), tagged[0] ?? '')),
    /^Get-PSDrive C \| Select-Object Used,Free$/m,
  );
  const other = await run('DiskSpace', ...target, '--parameters', '{"commands":["Get-Date"]}');
  assert.match(String(await output(other, tagged[0] ?? '')), /^Get-Date$/m);
});

test('the printed documents that run a script from a place and take a text run with what they are given', options, async () => {
  const document = (action: string, name: string, parameter: string, line: string): string =>
    JSON.stringify({
      schemaVersion: '2.2',
      parameters: { [parameter]: { type: 'String' } },
      mainSteps: [{ action, name, inputs: { runCommand: [line] } }],
    });
  await create('RunScript', document('aws:runShellScript', 'runscript', 'ScriptLocation', 'sh {{ScriptLocation}}'), 'JSON');
  const script = file('printed.sh', 'echo printed\n').slice('file://'.length);
  const target = ['--instance-ids', tagged[0] ?? ''];
  const first = await run('RunScript', ...target, '--parameters', JSON.stringify({ ScriptLocation: [script] }));
  assert.equal(await output(first, tagged[0] ?? ''), 'printed\n');
  const line = "Write-Output 'Processing input: {{InputString}}'";
  await create('RunPowerShell', document('aws:runPowerShellScript', 'runpowershell', 'InputString', line), 'JSON');
  const second = await run('RunPowerShell', ...target, '--parameters', '{"InputString":["forty two"]}');
  assert.match(String(await output(second, tagged[0] ?? '')), /^Write-Output 'Processing input: forty two'$/m);
  const without = await awsRefusal(server, 'ssm', 'send-command', '--document-name', 'RunPowerShell', ...target);
  assert.match(without, /\(InvalidParameters\).*Parameter "InputString" requires a value/);
});
