// Attachments: uploaded, attached, read by others, copied, and their bytes removed when nobody refers to them any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import type { CreateDocumentResult, DescribeDocumentResult, GetDocumentResult } from '../../platform/api/models/ssm.types.gen.ts';
import { inPieces, manifest, NEIGHBOUR, openDocuments, PUBLIC_URL, refusedWith, script, sha256 } from './attachment.fixture.ts';
import { ATTACHMENT_BYTES_MAX, LOOSE_MS, UPLOAD_KEPT_MS, UPLOADS_BYTES_MAX, UPLOADS_MAX } from './attachment.ts';
import { documentArn } from '../document.ts';

const BYTES = 'a file of some bytes';
const refusal = (sentence: RegExp) => refusedWith('ValidationException', sentence);
type Domain = Awaited<ReturnType<typeof openDocuments>>;

/** What the reconciler does, as often as there is something to do. */
async function sweep({ documents, clock }: Domain): Promise<void> {
  const [reconciler] = documents.reconcilers;
  assert.ok(reconciler);
  for (const key of await reconciler.due(clock.now(), 100)) await reconciler.reconcile(key, clock.now());
}

const attachmentsOf = async ({ call }: Domain, input: object, scope = testScope) => {
  const { AttachmentsContent } = await call<GetDocumentResult>('GetDocument', input, { scope });
  return AttachmentsContent?.map(({ Name, Size, Hash, HashType }) => [Name, Size, Hash, HashType]) ?? [];
};

eachDatabase((_kind, open) => {
  test('an uploaded file becomes an attachment of the version that names it', async () => {
    await using domain = await openDocuments(open);
    const { call, upload } = domain;
    const Attachments = [await upload('first.sh', BYTES), await upload('second.sh', 'other')];
    const made = await call<CreateDocumentResult>('CreateDocument', { Name: 'Doc', Content: script(), Attachments });
    assert.deepEqual(made.DocumentDescription?.AttachmentsInformation, [{ Name: 'first.sh' }, { Name: 'second.sh' }]);
    const { Document } = await call<DescribeDocumentResult>('DescribeDocument', { Name: 'Doc' });
    assert.deepEqual(Document?.AttachmentsInformation, [{ Name: 'first.sh' }, { Name: 'second.sh' }]);
    const expected = [
      ['first.sh', BYTES.length, sha256(BYTES), 'Sha256'],
      ['second.sh', 5, sha256('other'), 'Sha256'],
    ];
    assert.deepEqual(await attachmentsOf(domain, { Name: 'Doc' }), expected);
    // A version has what was given with it, and nothing else.
    await call('UpdateDocument', { Name: 'Doc', Content: script('2') });
    assert.deepEqual(await attachmentsOf(domain, { Name: 'Doc', DocumentVersion: '2' }), []);
  });

  test('what cannot be attached is refused with a sentence, and nothing of the document stays', async () => {
    await using domain = await openDocuments(open);
    const { call, upload } = domain;
    const create = (...Attachments: object[]) => call('CreateDocument', { Name: 'Doc', Content: script(), Attachments });
    const file = await upload('file.sh', BYTES);
    const reference = (value: string) => ({ Key: 'AttachmentReference', Values: [value], Name: 'file.sh' });
    await assert.rejects(create({ ...file, Values: ['s3://bucket/key'] }), refusal(/no object store.*CreateAttachmentUpload/));
    await assert.rejects(
      create({ Key: 'SourceUrl', Values: ['https://s3.us-east-1.amazonaws.com/b/k'] }),
      refusal(/no object store/),
    );
    await assert.rejects(create({ ...file, Key: 'SourceUrl' }), refusal(/S3FileUrl/));
    await assert.rejects(create({ ...file, Values: ['file:///etc/passwd'] }), refusal(/use s3:/));
    await assert.rejects(create({ ...file, Values: undefined }), refusal(/Values is missing/));
    await assert.rejects(create({ ...file, Key: undefined }), refusal(/Key is missing/));
    await assert.rejects(create({ ...file, Name: undefined }), refusal(/Name is missing/));
    await assert.rejects(create({ ...file, Values: [`${PUBLIC_URL}/downloads/uploads/../../x`] }), refusal(/AttachmentUrl/));
    const nobodys = `${PUBLIC_URL}/downloads/uploads/00000000-0000-4000-8000-000000000000`;
    await assert.rejects(create({ ...file, Values: [nobodys] }), refusal(/does not exist or was forgotten/));
    await assert.rejects(create(file, file), refusal(/Two attachments have the name file\.sh/));
    await assert.rejects(create(...Array.from({ length: 21 }, () => file)), refusal(/at most 20 attachments/));
    await assert.rejects(create(reference('Nope/1/file.sh')), refusal(/Document with name Nope does not exist/));
    await assert.rejects(create(reference('no-slashes')), refusal(/DOCUMENT\/VERSION\/ATTACHMENT/));
    const waiting = await call<{ AttachmentUrl: string }>('CreateAttachmentUpload', { Sha256: sha256('later'), SizeBytes: 5 });
    await assert.rejects(create({ ...file, Values: [waiting.AttachmentUrl] }), refusal(/have not come yet/));
    // An upload belongs to the account that made it.
    const theirs = await upload('file.sh', BYTES, { scope: NEIGHBOUR });
    await assert.rejects(create(theirs), refusal(/does not exist or was forgotten/));
    await assert.rejects(call('GetDocument', { Name: 'Doc' }), refusedWith('InvalidDocument'));
  });

  test('a package is taken when every file of its manifest is attached as the manifest says', async () => {
    await using domain = await openDocuments(open);
    const { call, upload } = domain;
    const files = { 'one.zip': BYTES, 'two.zip': 'two' };
    const create = (Content: string, ...Attachments: object[]) =>
      call('CreateDocument', { Name: 'Pkg', DocumentType: 'Package', VersionName: '1.0.0', Content, Attachments });
    const content = (sentence: RegExp) => refusedWith('InvalidDocumentContent', sentence);
    const one = await upload('one.zip', BYTES);
    const two = await upload('two.zip', 'two');
    await assert.rejects(create(manifest(files), one), content(/two\.zip.*is not attached/));
    await assert.rejects(
      create(manifest(files), one, { ...one, Name: 'two.zip' }),
      content(/checksum of the file two\.zip does not match/),
    );
    const larger = manifest(files).replace('"size":3', '"size":4');
    await assert.rejects(create(larger, one, two), content(/size of the file two\.zip.*says 4.*has 3/));
    await create(manifest(files), one, two);

    // As agents ask: by the version's name.
    const described = await call<DescribeDocumentResult>('DescribeDocument', { Name: 'Pkg', VersionName: '1.0.0' });
    const { Status, Hash, DocumentVersion } = described.Document ?? {};
    assert.deepEqual([Status, Hash, DocumentVersion], ['Active', sha256(manifest(files)), '1']);
    const got = await call<GetDocumentResult>('GetDocument', { Name: 'Pkg', VersionName: '1.0.0' });
    assert.deepEqual([got.Status, got.Content], ['Active', manifest(files)]);
    assert.equal(got.AttachmentsContent?.length, 2);
    const other = refusedWith('InvalidDocumentVersion');
    await assert.rejects(call('GetDocument', { Name: 'Pkg', VersionName: '2.0.0' }), other);

    const next = manifest(files, '2.0.0');
    const update = (...Attachments: object[]) =>
      call('UpdateDocument', { Name: 'Pkg', Content: next, VersionName: '2.0.0', Attachments });
    await assert.rejects(update(), content(/one\.zip.*is not attached.*AttachmentReference/));
    const copy = (name: string) => ({ Key: 'AttachmentReference', Values: [`Pkg/1/${name}`] });
    await update(copy('one.zip'), copy('two.zip'));
    assert.equal((await attachmentsOf(domain, { Name: 'Pkg', VersionName: '2.0.0' })).length, 2);
  });

  test('an attachment is copied from what the caller may read, under the same or another name', async () => {
    await using domain = await openDocuments(open);
    const { call, upload } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: script(), Attachments: [await upload('file.sh', BYTES)] });
    const arn = documentArn(testScope, 'Doc');
    const Attachments = [{ Key: 'AttachmentReference', Values: [`${arn}/$DEFAULT/file.sh`], Name: 'copy.sh' }];
    const create = () => call('CreateDocument', { Name: 'Copy', Content: script(), Attachments }, { scope: NEIGHBOUR });
    await assert.rejects(create(), refusal(/does not exist/));
    await call('ModifyDocumentPermission', { Name: 'Doc', PermissionType: 'Share', AccountIdsToAdd: [NEIGHBOUR.account] });
    await create();
    assert.deepEqual(await attachmentsOf(domain, { Name: 'Copy' }, NEIGHBOUR), [
      ['copy.sh', BYTES.length, sha256(BYTES), 'Sha256'],
    ]);
    // A caller without GetDocument on the other document copies nothing of it.
    const allowed = (action: string) => action !== 'ssm:GetDocument';
    const copying = call('CreateDocument', { Name: 'Copy2', Content: script(), Attachments }, { scope: NEIGHBOUR, allowed });
    await assert.rejects(copying, refusedWith('AccessDeniedException'));
  });

  test('bytes go when the last version, copy or upload that refers to them has gone, an hour later', async () => {
    await using domain = await openDocuments(open);
    const { call, upload, clock, blobs } = domain;
    const digest = sha256(BYTES);
    await call('CreateDocument', { Name: 'Doc', Content: script(), Attachments: [await upload('file.sh', BYTES)] });
    await call('UpdateDocument', { Name: 'Doc', Content: script('2'), Attachments: [await upload('again.sh', BYTES)] });
    await clock.advance(UPLOAD_KEPT_MS);
    await sweep(domain);
    const gone = call('UpdateDocument', {
      Name: 'Doc',
      Content: script('3'),
      Attachments: [{ Key: 'AttachmentReference', Values: ['Doc/9/file.sh'] }],
    });
    await assert.rejects(gone, refusal(/version isn't valid/));
    await call('DeleteDocument', { Name: 'Doc', DocumentVersion: '2' });
    await clock.advance(LOOSE_MS);
    await sweep(domain);
    assert.equal(await blobs.has(digest), true, 'version 1 refers to it');
    await call('DeleteDocument', { Name: 'Doc' });
    await sweep(domain);
    assert.equal(await blobs.has(digest), true, 'a unit of work may have seen it a moment ago');
    await clock.advance(LOOSE_MS);
    await sweep(domain);
    assert.equal(await blobs.has(digest), false);
  });

  test('an upload that nobody attached is forgotten after a day, and the same bytes may come again at any time', async () => {
    await using domain = await openDocuments(open);
    const { call, upload, clock, blobs } = domain;
    const digest = sha256(BYTES);
    const first = await upload('file.sh', BYTES);
    await clock.advance(UPLOAD_KEPT_MS);
    await sweep(domain);
    await assert.rejects(
      call('CreateDocument', { Name: 'Doc', Content: script(), Attachments: [first] }),
      refusal(/was forgotten/),
    );
    // Announced again before the blob is looked at: it stays.
    const second = await upload('file.sh', BYTES);
    await clock.advance(LOOSE_MS);
    await sweep(domain);
    assert.equal(await blobs.has(digest), true);
    await call('CreateDocument', { Name: 'Doc', Content: script(), Attachments: [second] });
    await clock.advance(UPLOAD_KEPT_MS + LOOSE_MS);
    await sweep(domain);
    await clock.advance(LOOSE_MS);
    await sweep(domain);
    assert.equal(await blobs.has(digest), true, 'the document refers to it');
  });

  test('while a blob is being removed nobody can refer to it, and a removal that broke off ends later', async () => {
    await using domain = await openDocuments(open);
    const { blobs, upload, clock } = domain;
    const remove = blobs.remove.bind(blobs);
    let during: unknown;
    // Between the mark and the removal, where the server dies once.
    blobs.remove = async () => {
      during = await upload('file.sh', BYTES).catch((error: unknown) => error);
      throw new Error('power cut');
    };
    await upload('file.sh', BYTES);
    await clock.advance(UPLOAD_KEPT_MS);
    await sweep(domain);
    await clock.advance(LOOSE_MS);
    await assert.rejects(sweep(domain), /power cut/);
    refusedWith('ServiceUnavailable', /Try again in a few seconds/)(during);
    blobs.remove = remove;
    await sweep(domain);
    assert.equal(await blobs.has(sha256(BYTES)), false);
    await upload('file.sh', BYTES);
    assert.equal(await blobs.has(sha256(BYTES)), true);
  });

  test('an account has so many uploads waiting and no more', async () => {
    await using domain = await openDocuments(open);
    const announce = (scope = testScope) =>
      domain.call('CreateAttachmentUpload', { Sha256: sha256(BYTES), SizeBytes: 1 }, { scope });
    await Promise.all(Array.from({ length: UPLOADS_MAX }, () => announce()));
    await assert.rejects(announce(), refusedWith('ThrottlingException', /1000 uploads wait/));
    await announce(NEIGHBOUR);
  });

  test('uploads that wait have so many bytes and no more', async () => {
    await using domain = await openDocuments(open);
    const announce = (SizeBytes: number, scope = testScope) =>
      domain.call('CreateAttachmentUpload', { Sha256: sha256(BYTES), SizeBytes }, { scope });
    for (let bytes = 0; bytes < UPLOADS_BYTES_MAX; bytes += ATTACHMENT_BYTES_MAX) await announce(ATTACHMENT_BYTES_MAX);
    await assert.rejects(announce(1), refusedWith('ThrottlingException', /have 107374182400 bytes together/));
    await announce(1, NEIGHBOUR);
    await domain.clock.advance(UPLOAD_KEPT_MS);
    await sweep(domain);
    await announce(1);
  });

  test('where there is an object store, its objects are fetched, and a folder brings each of its files', async () => {
    const asked: unknown[] = [];
    const file = (name: string) => ({ name, open: () => inPieces(`bytes of ${name}`) });
    await using domain = await openDocuments(open, {
      attachmentSources: {
        find(_ctx, url, folder) {
          asked.push([url, folder]);
          return Promise.resolve(url.includes('empty') ? [] : folder ? [file('one.zip'), file('two.zip')] : [file('three.zip')]);
        },
      },
    });
    const create = (...Attachments: object[]) => domain.call('CreateDocument', { Name: 'Doc', Content: script(), Attachments });
    await assert.rejects(
      create({ Key: 'S3FileUrl', Values: ['s3://empty/file'] }),
      refusal(/There is nothing at s3:\/\/empty\/file/),
    );
    await create(
      { Key: 'SourceUrl', Values: ['s3://b/folder'] },
      { Key: 'S3FileUrl', Values: ['https://h/b/k'], Name: 'named.zip' },
    );
    assert.deepEqual(asked.slice(1), [
      ['s3://b/folder', true],
      ['https://h/b/k', false],
    ]);
    const names = (await attachmentsOf(domain, { Name: 'Doc' })).map(([name, , digest]) => [name, digest]);
    assert.deepEqual(names, [
      ['named.zip', sha256('bytes of three.zip')],
      ['one.zip', sha256('bytes of one.zip')],
      ['two.zip', sha256('bytes of two.zip')],
    ]);
  });

  test('agents are sent from manifests to documents, and may tell how an installation went', async () => {
    await using domain = await openDocuments(open);
    const said = domain.call('GetManifest', { PackageName: 'Pkg', PackageVersion: 'latest' });
    await assert.rejects(said, refusedWith('ResourceNotFoundException', /Pkg.*GetDocument/));
    const report = { PackageName: 'Pkg', Operation: 'Install', Result: 0, Steps: [{ Action: '> x', Result: 0, Timing: 1 }] };
    assert.deepEqual(await domain.call('PutConfigurePackageResult', report), {});
  });
});
