// AWS-RunRemoteScript and AWS-RunDocument through the AWS CLI on the local node, from an HTTP server, a git repository on disk, and the server's own
// documents. Needs: aws, git, a POSIX shell.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aws, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { finishedCommand } from './commands.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
const FILES: Readonly<Record<string, string>> = {
  '/hello.sh': 'echo "hello $1 from HTTP"\n',
  '/document.json': JSON.stringify({
    schemaVersion: '2.2',
    parameters: { who: { type: 'String' } },
    mainSteps: [{ action: 'aws:runShellScript', name: 'say', inputs: { runCommand: ['echo "document for {{ who }}"'] } }],
  }),
};
let server: RunningServer;
const files = createServer((request, response) => {
  const text = FILES[request.url ?? ''];
  response.writeHead(text === undefined ? 404 : 200).end(text);
});

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'start' });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  files.close();
  await server?.[Symbol.asyncDispose]();
});

async function run(documentName: string, parameters: Readonly<Record<string, unknown>>, step: string): Promise<Json> {
  const given = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, [typeof value === 'string' ? value : JSON.stringify(value)]]),
  );
  const target = ['--instance-ids', server.localNodeId, '--document-name', documentName];
  const sent = await aws(server, 'ssm', 'send-command', ...target, '--parameters', JSON.stringify(given));
  const commandId = String((sent['Command'] as Json)['CommandId']);
  await finishedCommand(server, commandId, SOON_MS);
  const which = ['--command-id', commandId, '--instance-id', server.localNodeId];
  return aws(server, 'ssm', 'get-command-invocation', ...which, '--plugin-name', step);
}

function url(path: string): string {
  return `http://127.0.0.1:${(files.address() as AddressInfo).port}${path}`;
}

test('a script from an HTTP address runs where it was downloaded to', options, async () => {
  const sourceInfo = { url: url('/hello.sh'), allowInsecureDownload: true };
  const parameters = { sourceType: 'HTTP', sourceInfo, commandLine: 'sh hello.sh world' };
  const told = await run('AWS-RunRemoteScript', parameters, 'runShellScript');
  assert.deepEqual([told['Status'], told['StandardOutputContent']], ['Success', 'hello world from HTTP\n'], JSON.stringify(told));
});

test('a script of a git repository on disk runs by its name', options, async () => {
  const repository = join(server.dataDir, '..', 'repository');
  mkdirSync(join(repository, 'tools'), { recursive: true });
  writeFileSync(join(repository, 'tools', 'greet'), '#!/bin/sh\necho "greetings, $1"; exit 5\n', { mode: 0o755 });
  const git = ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'tools'],
  ])
    execFileSync('git', [...git, ...args]);
  const parameters = { sourceType: 'Git', sourceInfo: { repository }, commandLine: 'greet all', workingDirectory: 'tools' };
  const told = await run('AWS-RunRemoteScript', parameters, 'runShellScript');
  assert.deepEqual([told['ResponseCode'], told['StandardOutputContent']], [5, 'greetings, all\n'], JSON.stringify(told));
});

test('a download that fails ends the command before its script', options, async () => {
  const sourceInfo = { url: url('/gone'), allowInsecureDownload: true };
  const parameters = { sourceType: 'HTTP', sourceInfo, commandLine: 'echo never' };
  const told = await run('AWS-RunRemoteScript', parameters, 'downloadContent');
  assert.equal(told['Status'], 'Failed');
  assert.match(String(told['StandardErrorContent']), /failed to download content: the server answered 404/);
});

test('a document from HTTP and one of the server run inside of AWS-RunDocument', options, async () => {
  const documentParameters = { who: 'everybody' };
  const sourceInfo = { url: url('/document.json'), allowInsecureDownload: true };
  const first = await run('AWS-RunDocument', { sourceType: 'HTTP', sourceInfo, documentParameters }, 'runDocument');
  assert.equal(first['StandardOutputContent'], 'document for everybody\n', JSON.stringify(first));
  const content = FILES['/document.json'] ?? '';
  await aws(server, 'ssm', 'create-document', '--name', 'Inner', '--document-type', 'Command', '--content', content);
  const stored = { sourceType: 'SSMDocument', sourceInfo: { name: 'Inner' }, documentParameters: { who: 'the node' } };
  const second = await run('AWS-RunDocument', stored, 'runDocument');
  assert.equal(second['StandardOutputContent'], 'document for the node\n', JSON.stringify(second));
});

test('a node runs AWS’s own documents inside of others', options, async () => {
  const stored = {
    sourceType: 'SSMDocument',
    sourceInfo: { name: 'AWS-RunShellScript' },
    documentParameters: { commands: ['echo built in'] },
  };
  const told = await run('AWS-RunDocument', stored, 'runDocument');
  assert.equal(told['StandardOutputContent'], 'built in\n', JSON.stringify(told));
});
