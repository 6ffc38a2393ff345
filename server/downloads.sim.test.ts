// A package from its upload to a node, through the front door of the whole server: what the stock agent asks, in its order. And that no URL
// which carries a permission is written down anywhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessCredentials } from '@muster/testkit/signing.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { manifest, sha256 } from './documents/attachments/attachment.fixture.ts';
import type { JournalTables } from './platform/journal/tables.ts';
import { tables } from './platform/store/index.ts';

const BYTES = 'the bytes of a package';
const HOST = 'https://muster.test';

test('a package is uploaded, and fetched by a node as the stock agent does it', async () => {
  const lines: string[] = [];
  const simulation = new Simulation({ seed: 5, log: (line) => void lines.push(line) });
  try {
    await simulation.start();
    await simulation.enrol(1, [], () => 'silent');
    const node = simulation.nodes[0]?.registered;
    assert.ok(node);
    const call = async (as: AccessCredentials, service: string, operation: string, input: Readonly<Record<string, unknown>>) => {
      const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), credentials: as };
      const { body, code } = await callOperation(caller, service, operation, input);
      return { code, said: JSON.parse(body) };
    };
    const asAdministrator = (service: string, operation: string, input: object) =>
      call(simulation.administrator, service, operation, { ...input });
    const asNode = (operation: string, input: object, service = 'ssm') =>
      call(node.credentials, service, operation, { ...input });

    const announced = { Sha256: sha256(BYTES), SizeBytes: BYTES.length };
    const { said: upload } = await asAdministrator('muster', 'CreateAttachmentUpload', announced);
    const put = await simulation.network.post(upload.UploadUrl.replace(HOST, ''), {}, BYTES, 'PUT');
    assert.deepEqual([put.status, put.body], [200, 'Stored.\n']);
    const created = await asAdministrator('ssm', 'CreateDocument', {
      Name: 'HelloPkg',
      DocumentType: 'Package',
      VersionName: '1.0.0',
      Content: manifest({ 'hello.zip': BYTES }),
      Attachments: [{ Key: 'S3FileUrl', Values: [upload.AttachmentUrl], Name: 'hello.zip' }],
    });
    assert.equal(created.said.DocumentDescription?.Status, 'Creating', JSON.stringify(created.said));

    const asked = await asNode('GetManifest', { PackageName: 'HelloPkg', PackageVersion: 'latest' });
    assert.equal(asked.code, 'ResourceNotFoundException');
    const { said: described } = await asNode('DescribeDocument', { Name: 'HelloPkg', VersionName: '1.0.0' });
    assert.deepEqual([described.Document.Status, described.Document.DocumentVersion], ['Active', '1']);
    const { said: got } = await asNode('GetDocument', { Name: 'HelloPkg', VersionName: '1.0.0' });
    const [attached] = got.AttachmentsContent;
    assert.deepEqual(
      [attached.Name, attached.Hash, attached.HashType, attached.Size],
      ['hello.zip', sha256(BYTES), 'Sha256', BYTES.length],
    );
    const fetched = await simulation.network.post(attached.Url.replace(HOST, ''), {}, '', 'GET');
    assert.deepEqual([fetched.status, fetched.body], [200, BYTES]);
    const steps = (count: number) => Array.from({ length: count }, () => ({ Action: '> install', Result: 0, Timing: 12 }));
    const result = { PackageName: 'HelloPkg', PackageVersion: '1.0.0', Operation: 'Install', OverallTiming: 9, Result: 0 };
    const Attributes = { platformName: 'debian', instanceID: node.nodeId };
    assert.deepEqual((await asNode('PutConfigurePackageResult', { ...result, Attributes, Steps: steps(50) })).said, {});
    assert.equal((await asNode('PutConfigurePackageResult', { ...result, Steps: steps(1001) })).code, 'ValidationException');

    // A node reads; it neither uploads nor shares.
    assert.equal((await asNode('CreateAttachmentUpload', announced, 'muster')).code, 'AccessDeniedException');
    const share = { Name: 'HelloPkg', PermissionType: 'Share', AccountIdsToAdd: ['all'] };
    assert.equal((await asNode('ModifyDocumentPermission', share)).code, 'AccessDeniedException');
    const theirs = 'arn:aws:ssm:us-east-1:210987654321:document/theirs';
    assert.equal((await asNode('GetDocument', { Name: theirs })).code, 'InvalidDocument');
    assert.equal((await asAdministrator('ssm', 'GetDocument', { Name: theirs })).code, 'InvalidDocument');
    assert.equal(
      (await asAdministrator('ssm', 'SendCommand', { DocumentName: theirs, InstanceIds: [node.nodeId] })).code,
      'InvalidDocument',
    );
    for (const wrong of [
      { PermissionType: 'Own' },
      { AccountIdsToAdd: ['123'] },
      { SharedDocumentVersion: '7' },
      { AccountIdsToAdd: Array.from({ length: 21 }, () => 'all') },
    ])
      assert.equal(
        (await asAdministrator('ssm', 'ModifyDocumentPermission', { ...share, ...wrong })).code,
        'ValidationException',
      );
    assert.equal((await asAdministrator('ssm', 'ModifyDocumentPermission', share)).code, '');
    assert.equal((await asAdministrator('ssm', 'DeleteDocument', { Name: 'HelloPkg' })).code, 'InvalidDocumentOperation');

    await simulation.network.post('/downloads/uploads/x?signature=guess', {}, 'x', 'PUT');
    await simulation.clock.advance(2_000);
    const rows = await simulation.database.read((tx) =>
      tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().execute(),
    );
    assert.ok(rows.some((row) => row.event_name === 'CreateAttachmentUpload'));
    assert.ok(lines.length > 0);
    for (const written of [...lines, ...rows.map((row) => JSON.stringify(row))]) assert.doesNotMatch(written, /signature=/);
  } finally {
    await simulation.stop();
  }
});
