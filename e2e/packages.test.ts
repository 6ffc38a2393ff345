// A Distributor package as somebody would make one: uploaded, created with the AWS CLI, installed on the local node, updated to its next version and
// removed, with AWS-ConfigureAWSPackage. Needs: aws, a POSIX shell.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zipOf } from '@muster/agent/testing/zip-fixture.ts';
import { aws, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { explain, finishedCommand } from './commands.ts';
import { RunningServer } from './running-server.ts';
import { sha256Of, upload } from './uploads.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 60_000;
let server: RunningServer;

before(async () => {
  if (withoutAwsCli === false) server = await RunningServer.start({ command: 'start' });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

const marker = (): string => join(server.dataDir, '..', 'installed');

const archive = (version: string): Buffer =>
  zipOf([
    { name: 'install.sh', text: `#!/bin/sh\necho ${version} > '${marker()}'\necho installed ${version}\n` },
    { name: 'uninstall.sh', text: `#!/bin/sh\nrm '${marker()}'\n` },
  ]);

const manifest = (version: string, bytes: Buffer): string =>
  JSON.stringify({
    schemaVersion: '2.0',
    version,
    packages: { _any: { _any: { _any: { file: 'hello.zip' } } } },
    files: { 'hello.zip': { checksums: { sha256: sha256Of(bytes) }, size: bytes.length } },
  });

async function publish(operation: 'create-document' | 'update-document', version: string): Promise<void> {
  const bytes = archive(version);
  const attachments = `Key=S3FileUrl,Values=${await upload(server, bytes)},Name=hello.zip`;
  const type = operation === 'create-document' ? ['--document-type', 'Package'] : ['--document-version', '$LATEST'];
  const document = ['--name', 'HelloPkg', '--version-name', version, '--content', manifest(version, bytes), ...type];
  await aws(server, 'ssm', operation, ...document, '--attachments', attachments);
}

async function configure(parameters: Readonly<Record<string, string>>): Promise<void> {
  const given = Object.fromEntries(Object.entries({ name: 'HelloPkg', ...parameters }).map(([name, value]) => [name, [value]]));
  const target = ['--document-name', 'AWS-ConfigureAWSPackage', '--instance-ids', server.localNodeId];
  const sent = await aws(server, 'ssm', 'send-command', ...target, '--parameters', JSON.stringify(given));
  const commandId = String((sent['Command'] as Json)['CommandId']);
  const { Status } = await finishedCommand(server, commandId, SOON_MS);
  assert.equal(Status, 'Success', await explain(server, commandId));
}

test('a package is installed, replaced by its next version and removed', options, async () => {
  await publish('create-document', '1.0.0');
  await configure({ action: 'Install' });
  assert.equal(readFileSync(marker(), 'utf8'), '1.0.0\n');
  await publish('update-document', '2.0.0');
  await configure({ action: 'Install', version: '2.0.0' });
  assert.equal(readFileSync(marker(), 'utf8'), '2.0.0\n');
  await configure({ action: 'Uninstall' });
  assert.equal(existsSync(marker()), false);
  assert.doesNotMatch(server.output, /signature=/);
});
