// A document of three steps, with preconditions of both kinds, onFailure and a finallyStep, through the AWS CLI on the local node: which of the
// steps ran is read from what they wrote into a file, what is told of them from GetCommandInvocation. Needs: aws, a POSIX shell.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aws, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { finishedCommand } from './commands.ts';
import { muster } from './muster-call.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
/** `{{ File }}` is where each step says that it ran. */
const DEPLOY = `schemaVersion: "2.2"
description: installs, restarts, cleans up
parameters:
  File: {type: String}
  Mode: {type: String, default: full, allowedValues: [full, restart]}
  Code: {type: String, default: "0", allowedPattern: "^[0-9]{1,3}$"}
mainSteps:
- name: install
  action: aws:runShellScript
  precondition: {StringEquals: ["{{ Mode }}", full]}
  inputs:
    onFailure: exit
    runCommand: ["echo install >> {{ File }}", "exit {{ Code }}"]
- name: restart
  action: aws:runShellScript
  precondition: {StringEquals: [platformType, Linux]}
  inputs: {runCommand: ["echo restart >> {{ File }}"]}
- name: cleanUp
  action: aws:runShellScript
  inputs: {finallyStep: true, runCommand: ["echo cleanUp >> {{ File }}"]}
`;
let server: RunningServer;
let runs = 0;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'start' });
  await create('Deploy', DEPLOY);
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

const create = (name: string, content: string): Promise<Json> =>
  aws(
    server,
    'ssm',
    'create-document',
    '--name',
    name,
    '--document-type',
    'Command',
    '--document-format',
    'YAML',
    '--content',
    content,
  );

interface Told {
  /** Of the command. */
  readonly status: unknown;
  /** `step: status code`. */
  readonly steps: readonly string[];
  readonly outputs: readonly string[];
  /** As the node said it: AWS's API has no word for what is skipped. */
  readonly statuses: readonly unknown[];
  /** Why it ended as it did. */
  readonly explained: string;
  /** Steps that ran, in this order. */
  readonly ran: readonly string[];
}

async function run(document: string, steps: readonly string[], given: Readonly<Record<string, string>> = {}): Promise<Told> {
  const file = join(server.dataDir, '..', `ran-${(runs += 1)}`);
  const parameters = Object.fromEntries(Object.entries({ File: file, ...given }).map(([name, value]) => [name, [value]]));
  const target = ['--document-name', document, '--instance-ids', server.localNodeId];
  const sent = await aws(server, 'ssm', 'send-command', ...target, '--parameters', JSON.stringify(parameters));
  const commandId = String((sent['Command'] as Json)['CommandId']);
  const command = await finishedCommand(server, commandId, SOON_MS);
  const told = await Promise.all(
    steps.map(async (step) => {
      const which = ['--command-id', commandId, '--instance-id', server.localNodeId, '--plugin-name', step];
      return aws(server, 'ssm', 'get-command-invocation', ...which);
    }),
  );
  const invocation = { CommandId: commandId, InstanceId: server.localNodeId };
  const listed = await aws(server, 'ssm', 'list-command-invocations', '--command-id', commandId, '--details');
  const plugins = (listed['CommandInvocations'] as readonly Json[])[0]?.['CommandPlugins'] as readonly Json[];
  assert.deepEqual(
    plugins.map(({ Name }) => Name),
    steps,
    'in the order of the document',
  );
  const { Steps } = await muster(server, 'ListInvocationSteps', invocation);
  const { Reasons } = await muster(server, 'ExplainInvocation', invocation);
  return {
    statuses: (Steps as readonly Json[]).map(({ Status, StatusDetails }) => `${String(Status)}/${String(StatusDetails)}`),
    explained: (Reasons as readonly string[]).join(' '),
    status: command['Status'],
    steps: told.map(({ PluginName, Status, ResponseCode }) => `${String(PluginName)}: ${String(Status)} ${String(ResponseCode)}`),
    outputs: told.map(({ StandardOutputContent }) => String(StandardOutputContent)),
    ran: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [],
  };
}

const STEPS = ['install', 'restart', 'cleanUp'];

test('preconditions that hold let every step run', options, async () => {
  const told = await run('Deploy', STEPS);
  assert.deepEqual(told.ran, STEPS);
  assert.deepEqual([told.status, ...told.steps], ['Success', 'install: Success 0', 'restart: Success 0', 'cleanUp: Success 0']);
});

test('a parameter that does not fit skips its step alone: skipped is no failure, and says why', options, async () => {
  const told = await run('Deploy', STEPS, { Mode: 'restart' });
  assert.deepEqual(told.ran, ['restart', 'cleanUp']);
  assert.deepEqual([told.status, ...told.steps], ['Success', 'install: Success 0', 'restart: Success 0', 'cleanUp: Success 0']);
  assert.match(told.outputs[0] ?? '', /^Step execution skipped due to unsatisfied preconditions: '"StringEquals": \[.*full\]'/);
  assert.deepEqual(told.statuses, ['Success/Skipped', 'Success/Success', 'Success/Success']);
});

test('onFailure exit ends the document, but for its finallyStep', options, async () => {
  const told = await run('Deploy', STEPS, { Code: '3' });
  assert.deepEqual(told.ran, ['install', 'cleanUp']);
  assert.deepEqual([told.status, ...told.steps], ['Failed', 'install: Failed 3', 'restart: Success 0', 'cleanUp: Success 0']);
  assert.match(told.outputs[1] ?? '', /skipped due to prior step with an exit condition/);
  assert.deepEqual(told.statuses, ['Failed/Failed', 'Success/Skipped', 'Success/Success']);
  assert.match(told.explained, /Step install ended Failed with code 3\. .*Step restart was skipped: /);
});

test('a step for another platform is skipped, whichever way round the precondition is written', options, async () => {
  const step = (name: string, operands: string, more = ''): string =>
    `- {name: ${name}, action: aws:runShellScript, precondition: {StringEquals: [${operands}]}, ` +
    `inputs: {${more}runCommand: ["echo ${name} >> {{ File }}"]}}\n`;
  const steps =
    step('windows', 'platformType, Windows') +
    step('macos', 'MacOS, platformType') +
    step('linux', 'Linux, platformType', 'finallyStep: true, ');
  await create('Platforms', `schemaVersion: "2.2"\nparameters: {File: {type: String}}\nmainSteps:\n${steps}`);
  const told = await run('Platforms', ['windows', 'macos', 'linux']);
  assert.deepEqual(told.ran, ['linux']);
  assert.deepEqual([told.status, ...told.steps], ['Success', 'windows: Success 0', 'macos: Success 0', 'linux: Success 0']);
  assert.match(told.outputs[0] ?? '', /skipped due to unsatisfied preconditions.*Step name: windows/);
  assert.match(told.outputs[1] ?? '', /skipped due to unsatisfied preconditions.*Step name: macos/);
});
