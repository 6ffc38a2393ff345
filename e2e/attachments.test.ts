// Attachments and sharing with the real AWS CLI, which cannot upload: the file is announced by a signed call, as the command line of ours
// does it, and everything else is plain AWS. Needs: aws.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import type { FleetTransport } from '@muster/testkit/fleet/transport.ts';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import { RunningServer } from './running-server.ts';
import { sha256Of, upload } from './uploads.ts';

const options = { skip: withoutAwsCli };
const BYTES = 'the bytes of a package';
const SHA256 = sha256Of(BYTES);
let server: RunningServer;
let transport: FleetTransport;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
});
after(async () => {
  transport?.close();
  await server?.[Symbol.asyncDispose]();
});

const manifest = (sha256: string): string =>
  JSON.stringify({
    schemaVersion: '2.0',
    version: '1.0.0',
    packages: { _any: { _any: { _any: { file: 'hello.zip' } } } },
    files: { 'hello.zip': { checksums: { sha256 } } },
  });

const pathOf = (url: string): string => url.replace(server.endpoint, '');

const PACKAGE = ['--document-type', 'Package', '--version-name', '1.0.0'];
const createPackage = (name: string, content: string, ...attachments: string[]): readonly string[] =>
  ['ssm', 'create-document', '--name', name, ...PACKAGE, '--content', content].concat(
    attachments.length === 0 ? [] : ['--attachments', ...attachments],
  );

test('a package is created with an attachment, answered with where to fetch it, and copied', options, async () => {
  const attachment = `Key=S3FileUrl,Values=${await upload(server, Buffer.from(BYTES))},Name=hello.zip`;
  const wrong = await awsRefusal(server, ...createPackage('Hello', manifest('0'.repeat(64)), attachment));
  assert.match(wrong, /\(InvalidDocumentContent\).*checksum of the file hello\.zip does not match/);
  assert.match(
    await awsRefusal(server, ...createPackage('Hello', manifest(SHA256))),
    /hello\.zip of the manifest is not attached/,
  );
  await aws(server, ...createPackage('Hello', manifest(SHA256), attachment));
  const got = await aws(server, 'ssm', 'get-document', '--name', 'Hello', '--version-name', '1.0.0');
  const [content] = got['AttachmentsContent'] as { Name: string; Size: number; Hash: string; HashType: string; Url: string }[];
  assert.ok(content);
  const { Url, ...facts } = content;
  assert.deepEqual(facts, { Name: 'hello.zip', Size: BYTES.length, Hash: SHA256, HashType: 'Sha256' });
  const fetched = await transport.post(pathOf(Url), {}, '', 'GET');
  assert.deepEqual([fetched.status, fetched.body], [200, BYTES]);
  assert.equal((await transport.post(pathOf(Url).replace('Hello', 'Other'), {}, '', 'GET')).status, 403);

  const copy = 'Key=AttachmentReference,Values=Hello/1/hello.zip';
  await aws(server, ...createPackage('Copy', manifest(SHA256), copy));
  const { Document } = await aws(server, 'ssm', 'describe-document', '--name', 'Copy');
  assert.deepEqual((Document as Record<string, unknown>)['AttachmentsInformation'], [{ Name: 'hello.zip' }]);
  const s3 = await awsRefusal(server, ...createPackage('FromS3', manifest(SHA256), 'Key=SourceUrl,Values=s3://bucket/folder'));
  assert.match(s3, /\(ValidationException\).*no object store.*CreateAttachmentUpload/);
  assert.doesNotMatch(server.output, /signature=/);
});

test('a document is shared, and deleted when it is not shared any more', options, async () => {
  const content =
    '{"schemaVersion":"2.2","mainSteps":[{"action":"aws:runShellScript","name":"a","inputs":{"runCommand":["true"]}}]}';
  await aws(server, 'ssm', 'create-document', '--name', 'Shared', '--document-type', 'Command', '--content', content);
  const change = ['ssm', 'modify-document-permission', '--name', 'Shared', '--permission-type', 'Share'];
  await aws(server, ...change, '--account-ids-to-add', '111122223333', '--shared-document-version', '$LATEST');
  const told = await aws(server, 'ssm', 'describe-document-permission', '--name', 'Shared', '--permission-type', 'Share');
  assert.deepEqual(told, {
    AccountIds: ['111122223333'],
    AccountSharingInfoList: [{ AccountId: '111122223333', SharedDocumentVersion: '$LATEST' }],
  });
  const both = await awsRefusal(server, ...change, '--account-ids-to-add', 'all');
  assert.match(both, /\(DocumentPermissionLimit\).*Accounts can either be all or a group of AWS accounts/);
  const refused = await awsRefusal(server, 'ssm', 'delete-document', '--name', 'Shared');
  assert.match(refused, /\(InvalidDocumentOperation\).*still shared/);
  await aws(server, ...change, '--account-ids-to-remove', '111122223333');
  await aws(server, 'ssm', 'delete-document', '--name', 'Shared');
});
