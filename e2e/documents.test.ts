// Documents through the AWS CLI, as their author would try them: YAML with parameters, steps and preconditions, run on the local node; types
// that are not run; refusals that name the line. Needs: aws, a POSIX shell.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { finishedCommand } from './commands.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
let server: RunningServer;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'start' });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

function file(name: string, content: string): string {
  const directory = join(server.dataDir, '..', 'documents');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), content);
  return `file://${join(directory, name)}`;
}

const create = (name: string, content: string, ...more: readonly string[]): Promise<Json> =>
  aws(server, 'ssm', 'create-document', '--name', name, '--content', file(name, content), ...more);

test('an environment parameter reaches the script as it is, and steps go by their preconditions', options, async () => {
  const content = [
    'schemaVersion: "2.2"',
    'parameters:',
    '  text: {type: String, interpolationType: ENV_VAR}',
    'mainSteps:',
    '- {name: tell, action: aws:runShellScript, inputs: {runCommand: [\'printf "%s" "{{ text }}"\', "exit 3"], onFailure: exit}}',
    '- name: elsewhere',
    '  action: aws:runShellScript',
    '  precondition: {StringEquals: [platformType, Windows]}',
    '  inputs: {runCommand: [echo never]}',
    '- {name: always, action: aws:runShellScript, inputs: {finallyStep: true, runCommand: [echo cleaned]}}',
    '',
  ].join('\n');
  const created = await create('Steps', content, '--document-format', 'YAML', '--document-type', 'Command');
  assert.equal((created['DocumentDescription'] as Json)['StatusInformation'], undefined);
  const value = '"; exit 9; $(id) `id` \'';
  const target = ['--instance-ids', server.localNodeId, '--document-name', 'Steps'];
  const sent = await aws(server, 'ssm', 'send-command', ...target, '--parameters', JSON.stringify({ text: [value] }));
  const commandId = String((sent['Command'] as Json)['CommandId']);
  const step = async (name: string): Promise<Json> => {
    const which = ['--command-id', commandId, '--instance-id', server.localNodeId, '--plugin-name', name];
    return aws(server, 'ssm', 'get-command-invocation', ...which);
  };
  await finishedCommand(server, commandId, SOON_MS);
  const told = await step('tell');
  assert.deepEqual([told['ResponseCode'], told['StandardOutputContent']], [3, value], JSON.stringify(told));
  assert.equal((await step('always'))['StandardOutputContent'], 'cleaned\n');
});

test('a refusal names rule, place and line; a warning parameter, step and line', options, async () => {
  const wrong = file('wrong', 'schemaVersion: "2.2"\nmainSteps:\n- name: a\n  inputs: {}\n');
  const told = await awsRefusal(
    server,
    'ssm',
    'create-document',
    '--name',
    'Wrong',
    '--content',
    wrong,
    '--document-format',
    'YAML',
  );
  assert.match(
    told,
    /\(InvalidDocumentContent\).*required properties.*action.*parent node: \/mainSteps\/0\] at Line: 3, Column: 3/,
  );
  const raw =
    'schemaVersion: "2.2"\nparameters: {p: {type: String}}\nmainSteps:\n- name: a\n  action: aws:runShellScript\n  inputs: {runCommand: ["ls {{ p }}"]}\n';
  const created = await create('Raw', raw, '--document-format', 'YAML');
  assert.match(
    String((created['DocumentDescription'] as Json)['StatusInformation']),
    /^Step "a": the value of parameter "p" .*shell injection.*\(Line: 6, Column: 25\)\.$/,
  );
});

test('a calendar is kept as text, a change template is approved, a runbook is not sent to nodes', options, async () => {
  const calendar = 'BEGIN:VCALENDAR\nVERSION:2.0\nX-CALENDAR-TYPE:DEFAULT_OPEN\nEND:VCALENDAR\n';
  await create('Calendar', calendar, '--document-type', 'ChangeCalendar', '--document-format', 'TEXT');
  assert.equal((await aws(server, 'ssm', 'get-document', '--name', 'Calendar'))['Content'], calendar);
  const step = { name: 'ask', action: 'aws:approve', inputs: { Approvers: ['me'] } };
  const template = { schemaVersion: '0.3', mainSteps: [step], executableRunBooks: [{ name: 'Book' }] };
  await create('Change', JSON.stringify(template), '--document-type', 'Automation.ChangeTemplate');
  for (const action of ['SendForReview', 'Approve'])
    await aws(
      server,
      'ssm',
      'update-document-metadata',
      '--name',
      'Change',
      '--document-version',
      '1',
      '--document-reviews',
      `Action=${action}`,
    );
  const described = await aws(server, 'ssm', 'describe-document', '--name', 'Change');
  assert.equal((described['Document'] as Json)['ApprovedVersion'], '1');
  const book = { schemaVersion: '0.3', mainSteps: [{ name: 'wait', action: 'aws:sleep', inputs: { Duration: 'PT1M' } }] };
  await create('Book', JSON.stringify(book), '--document-type', 'Automation');
  const refused = await awsRefusal(
    server,
    'ssm',
    'send-command',
    '--document-name',
    'Book',
    '--instance-ids',
    server.localNodeId,
  );
  assert.match(refused, /\(InvalidDocument\).*is of type Automation/);
});
