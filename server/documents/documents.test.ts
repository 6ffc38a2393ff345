// The documents domain through its operations, on a real database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type {
  CreateDocumentResult,
  DescribeDocumentResult,
  GetDocumentResult,
  ListDocumentsResult,
  ListDocumentVersionsResult,
  UpdateDocumentResult,
} from '../platform/api/models/ssm.types.gen.ts';
import { DOCUMENTS_MAX, VERSIONS_MAX } from './document.ts';
import { code, NOW, setUp } from './documents.fixture.ts';
import * as store from './store.ts';

const content = (command = 'true', over: object = {}): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    description: 'd',
    parameters: { Who: { type: 'String', default: 'me' } },
    mainSteps: [{ action: 'aws:runShellScript', name: 'one', inputs: { runCommand: [command] } }],
    ...over,
  });

eachDatabase((_kind, open) => {
  test('a created document answers Creating, and is Active from then on', async () => {
    await using domain = await setUp(open);
    const created = await domain.call<CreateDocumentResult>('CreateDocument', {
      Name: 'Hello',
      Content: content(),
      DocumentType: 'Command',
      VersionName: 'first',
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const { Hash, ...described } = created.DocumentDescription ?? {};
    assert.match(Hash ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(JSON.parse(JSON.stringify(described)), {
      HashType: 'Sha256',
      Name: 'Hello',
      VersionName: 'first',
      Owner: testScope.account,
      CreatedDate: NOW.toISOString(),
      Status: 'Creating',
      DocumentVersion: '1',
      Description: 'd',
      Parameters: [{ Name: 'Who', Type: 'String', DefaultValue: 'me' }],
      PlatformTypes: ['Linux', 'MacOS'],
      DocumentType: 'Command',
      SchemaVersion: '2.2',
      LatestVersion: '1',
      DefaultVersion: '1',
      DocumentFormat: 'JSON',
      Tags: [{ Key: 'team', Value: 'a' }],
      Author: 'arn:aws:iam::123456789012:user/administrator',
    });
    const { Document } = await domain.call<DescribeDocumentResult>('DescribeDocument', { Name: 'Hello' });
    assert.equal(Document?.Status, 'Active');
    assert.deepEqual(Document?.Tags, [{ Key: 'team', Value: 'a' }]);
    const got = await domain.call<GetDocumentResult>('GetDocument', { Name: 'Hello', VersionName: 'first' });
    assert.equal(got.Content, content());
  });

  test('what may not be created is refused with its reason', async () => {
    await using domain = await setUp(open);
    const create = (over: object) => domain.call('CreateDocument', { Name: 'Doc', Content: content(), ...over });
    await create({});
    await assert.rejects(create({}), (error: Error) => {
      assert.equal(error.message, 'Document with same name Doc already exists');
      return code('DocumentAlreadyExists')(error);
    });
    await assert.rejects(create({ Name: 'x', Content: 'hello' }), (error: Error) => {
      assert.match(error.message, /^JSON not well-formed\./);
      return code('InvalidDocumentContent')(error);
    });
    await assert.rejects(create({ Name: 'x', Content: '{"a":1,}' }), /JSON not well-formed\. at Line: 1, Column: \d+/);
    await assert.rejects(create({ Name: 'x', Content: content('x'.repeat(65_536)) }), code('MaxDocumentSizeExceeded'));
    await assert.rejects(
      create({ Name: 'x', Content: content('', { schemaVersion: '0.3' }) }),
      code('InvalidDocumentSchemaVersion'),
    );
    await assert.rejects(create({ Name: 'x', DocumentType: 'Automation' }), code('InvalidDocumentSchemaVersion'));
    for (const name of ['AWS-RunShellScript', 'aws-mine', 'AmazonX', 'amzn-x'])
      await assert.rejects(create({ Name: name }), code('ValidationException'));
    const pattern = (allowedPattern: string) => content('', { parameters: { P: { type: 'String', allowedPattern } } });
    await assert.rejects(create({ Name: 'x', Content: pattern('(?=a)b') }), (error: Error) => {
      assert.match(error.message, /"P".*allowedPattern.*bounded time/);
      return code('InvalidDocumentContent')(error);
    });
    await assert.rejects(create({ Name: 'x', Content: pattern('(') }), code('InvalidDocumentContent'));
  });

  test('YAML is stored as written, and answered in either format', async () => {
    await using domain = await setUp(open);
    const yaml =
      'schemaVersion: "2.2"\ndescription: "y" # why\nmainSteps:\n  - action: aws:runShellScript\n    name: a\n    inputs: {runCommand: ["date"]}\n';
    await domain.call('CreateDocument', { Name: 'Yaml', Content: yaml, DocumentFormat: 'YAML' });
    const asYaml = await domain.call<GetDocumentResult>('GetDocument', { Name: 'Yaml', DocumentFormat: 'YAML' });
    assert.equal(asYaml.Content, yaml);
    const asJson = await domain.call<GetDocumentResult>('GetDocument', { Name: 'Yaml' });
    assert.equal(asJson.DocumentFormat, 'JSON');
    assert.deepEqual(JSON.parse(asJson.Content ?? ''), {
      schemaVersion: '2.2',
      description: 'y',
      mainSteps: [{ action: 'aws:runShellScript', name: 'a', inputs: { runCommand: ['date'] } }],
    });
    await domain.call('CreateDocument', { Name: 'Json', Content: content() });
    const back = await domain.call<GetDocumentResult>('GetDocument', { Name: 'Json', DocumentFormat: 'YAML' });
    await domain.call('CreateDocument', { Name: 'Again', Content: back.Content, DocumentFormat: 'YAML' });
    assert.deepEqual(
      (await domain.documents.library.resolve(testScope, 'Again', undefined)).document.content,
      JSON.parse(content()),
    );
  });

  test('a YAML alias bomb is refused at once', async () => {
    await using domain = await setUp(open);
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'
        .split('')
        .map(
          (letter, index) => `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[index]}`).join(',')}]`,
        ),
    ].join('\n');
    await assert.rejects(
      domain.call('CreateDocument', { Name: 'Bomb', Content: bomb, DocumentFormat: 'YAML' }),
      code('InvalidDocumentContent'),
    );
  });

  test('the mixture of schema 2.2 and runtimeConfig is accepted, kept as written, run as mainSteps, and warned of', async () => {
    await using domain = await setUp(open);
    const mixed = JSON.stringify({
      schemaVersion: '2.2',
      runtimeConfig: { 'aws:runPowerShellScript': { properties: [{ id: '0.aws:runPowerShellScript', runCommand: 'dir' }] } },
    });
    const created = await domain.call<CreateDocumentResult>('CreateDocument', { Name: 'Mixed', Content: mixed });
    assert.match(created.DocumentDescription?.StatusInformation ?? '', /run as mainSteps/);
    assert.equal((await domain.call<GetDocumentResult>('GetDocument', { Name: 'Mixed' })).Content, mixed);
    const { document, platformTypes } = await domain.documents.library.resolve(testScope, 'Mixed', undefined);
    assert.deepEqual(document.content['mainSteps'], [
      { action: 'aws:runPowerShellScript', name: 'runPowerShellScript', inputs: { runCommand: 'dir' } },
    ]);
    assert.deepEqual(platformTypes, ['Windows', 'Linux', 'MacOS']);
  });

  test('a new version is the latest, and the default only when it is made so', async () => {
    await using domain = await setUp(open);
    const { call, documents } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: content('1') });
    const updated = await call<UpdateDocumentResult>('UpdateDocument', {
      Name: 'Doc',
      Content: content('2'),
      DocumentVersion: '$LATEST',
      VersionName: 'two',
    });
    assert.deepEqual(
      [
        updated.DocumentDescription?.Status,
        updated.DocumentDescription?.DocumentVersion,
        updated.DocumentDescription?.DefaultVersion,
      ],
      ['Updating', '2', '1'],
    );
    assert.equal((await documents.library.resolve(testScope, 'Doc', undefined)).version, '1');
    assert.equal((await documents.library.resolve(testScope, 'Doc', '$LATEST')).version, '2');
    await assert.rejects(call('UpdateDocument', { Name: 'Doc', Content: content('3'), DocumentVersion: '1' }), (error: Error) => {
      assert.equal(
        error.message,
        'Version provided for document Doc is not latest. Please provide the latest version to update document Doc',
      );
      return code('InvalidDocumentVersion')(error);
    });
    await assert.rejects(call('UpdateDocument', { Name: 'Doc', Content: content('2') }), code('DuplicateDocumentContent'));
    await assert.rejects(
      call('UpdateDocument', { Name: 'Doc', Content: content('3'), VersionName: 'two' }),
      code('DuplicateDocumentVersionName'),
    );
    await call('UpdateDocumentDefaultVersion', { Name: 'Doc', DocumentVersion: '2' });
    assert.equal((await documents.library.resolve(testScope, 'Doc', '$DEFAULT')).version, '2');
    await assert.rejects(
      call('UpdateDocumentDefaultVersion', { Name: 'Doc', DocumentVersion: '9' }),
      code('InvalidDocumentVersion'),
    );
    const list = await call<ListDocumentVersionsResult>('ListDocumentVersions', { Name: 'Doc', MaxResults: 1 });
    assert.deepEqual(
      list.DocumentVersions?.map((version) => [version.DocumentVersion, version.IsDefaultVersion]),
      [['2', true]],
    );
    const rest = await call<ListDocumentVersionsResult>('ListDocumentVersions', {
      Name: 'Doc',
      MaxResults: 1,
      NextToken: list.NextToken,
    });
    assert.deepEqual(
      rest.DocumentVersions?.map((version) => version.DocumentVersion),
      ['1'],
    );
    assert.equal(rest.NextToken, undefined);
  });

  test('versions are deleted alone, the default one only with its document; numbers do not come back', async () => {
    await using domain = await setUp(open);
    const { call, documents } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: content('1'), Tags: [{ Key: 'k', Value: 'v' }] });
    await call('UpdateDocument', { Name: 'Doc', Content: content('2') });
    await assert.rejects(call('DeleteDocument', { Name: 'Doc', DocumentVersion: '1' }), code('InvalidDocumentOperation'));
    await call('DeleteDocument', { Name: 'Doc', DocumentVersion: '2' });
    assert.equal((await documents.library.resolve(testScope, 'Doc', '$LATEST')).version, '1');
    const again = await call<UpdateDocumentResult>('UpdateDocument', { Name: 'Doc', Content: content('2') });
    assert.equal(again.DocumentDescription?.DocumentVersion, '3');
    await call('DeleteDocument', { Name: 'Doc' });
    for (const name of ['GetDocument', 'DescribeDocument', 'DeleteDocument', 'ListDocumentVersions'])
      await assert.rejects(call(name, { Name: 'Doc' }), (error: Error) => {
        assert.equal(error.message, 'Document with name Doc does not exist.');
        return code('InvalidDocument')(error);
      });
    assert.deepEqual(await domain.database.read((tx) => domain.tags.list(tx, testScope, 'Document', 'Doc')), []);
  });

  test('documents of schema 1.2 are not updated', async () => {
    await using domain = await setUp(open);
    const old = (command: string) =>
      JSON.stringify({ schemaVersion: '1.2', runtimeConfig: { 'aws:runShellScript': { properties: { runCommand: command } } } });
    await domain.call('CreateDocument', { Name: 'Old', Content: old('1') });
    await assert.rejects(domain.call('UpdateDocument', { Name: 'Old', Content: old('2') }), code('InvalidDocumentSchemaVersion'));
  });

  test('the built-in documents are there, owned by Amazon, and nobody’s to change', async () => {
    await using domain = await setUp(open);
    const { call, documents } = domain;
    const some = ['AWS-RunDocument', 'AWS-RunPowerShellScript', 'AWS-RunRemoteScript', 'AWS-RunShellScript'];
    const list = await call<ListDocumentsResult>('ListDocuments', {
      Filters: [
        { Key: 'Owner', Values: ['Amazon'] },
        { Key: 'Name', Values: some },
      ],
    });
    assert.deepEqual(
      list.DocumentIdentifiers?.map(({ Name, Owner, PlatformTypes, SchemaVersion, DocumentType }) => ({
        Name,
        Owner,
        PlatformTypes,
        SchemaVersion,
        DocumentType,
      })),
      [
        {
          Name: 'AWS-RunDocument',
          Owner: 'Amazon',
          PlatformTypes: ['Windows', 'Linux', 'MacOS'],
          SchemaVersion: '2.2',
          DocumentType: 'Command',
        },
        {
          Name: 'AWS-RunPowerShellScript',
          Owner: 'Amazon',
          PlatformTypes: ['Windows', 'Linux', 'MacOS'],
          SchemaVersion: '1.2',
          DocumentType: 'Command',
        },
        {
          Name: 'AWS-RunRemoteScript',
          Owner: 'Amazon',
          PlatformTypes: ['Windows', 'Linux', 'MacOS'],
          SchemaVersion: '2.2',
          DocumentType: 'Command',
        },
        {
          Name: 'AWS-RunShellScript',
          Owner: 'Amazon',
          PlatformTypes: ['Linux', 'MacOS'],
          SchemaVersion: '1.2',
          DocumentType: 'Command',
        },
      ],
    );
    const arn = 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript';
    const resolved = await documents.library.resolve(testScope, arn, '$LATEST');
    assert.deepEqual([resolved.name, resolved.arn, resolved.version], ['AWS-RunShellScript', arn, '1']);
    assert.deepEqual(
      resolved.document.steps.map((step) => step.name),
      ['aws:runShellScript'],
    );
    await assert.rejects(documents.library.resolve(testScope, 'AWS-RunShellScript', '2'), code('InvalidDocumentVersion'));
    await assert.rejects(
      call('UpdateDocument', { Name: 'AWS-RunShellScript', Content: content() }),
      code('InvalidDocumentOperation'),
    );
    await assert.rejects(call('DeleteDocument', { Name: 'AWS-RunShellScript' }), code('InvalidDocumentOperation'));
    await assert.rejects(
      call('UpdateDocumentDefaultVersion', { Name: 'AWS-RunShellScript', DocumentVersion: '1' }),
      code('InvalidDocument'),
    );
    await assert.rejects(call('GetDocument', { Name: 'AWS-RunPatchBaseline' }), (error: Error) => {
      assert.equal(
        error.message,
        'Document with name AWS-RunPatchBaseline does not exist: it needs Patch Manager, which this server does not have yet.',
      );
      return code('InvalidDocument')(error);
    });
  });

  test('another account, and another region, see nothing of it', async () => {
    await using domain = await setUp(open);
    await domain.call('CreateDocument', { Name: 'Mine', Content: content() });
    for (const scope of [scopeOf('999999999999', 'us-east-1'), scopeOf(testScope.account, 'eu-west-1')]) {
      await assert.rejects(domain.call('GetDocument', { Name: 'Mine' }, { scope }), code('InvalidDocument'));
      await assert.rejects(
        domain.call('GetDocument', { Name: `arn:aws:ssm:us-east-1:${testScope.account}:document/Mine` }, { scope }),
        code('InvalidDocument'),
      );
    }
    const got = await domain.call<GetDocumentResult>('GetDocument', {
      Name: `arn:aws:ssm:us-east-1:${testScope.account}:document/Mine`,
    });
    assert.equal(got.Name, 'Mine');
  });

  test('a document that was deleted and made anew under its name is the new one for those who run it', async () => {
    await using domain = await setUp(open);
    for (const command of ['old', 'new']) {
      await domain.call('CreateDocument', { Name: 'Doc', Content: content(command) });
      const { document } = await domain.documents.library.resolve(testScope, 'Doc', '1');
      assert.deepEqual(document.steps[0]?.inputs, [{ runCommand: [command] }]);
      await domain.call('DeleteDocument', { Name: 'Doc' });
    }
  });

  test('the account’s limit of documents holds', async () => {
    await using domain = await setUp(open);
    for (let index = 0; index < DOCUMENTS_MAX; index += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, at) => domain.call('CreateDocument', { Name: `Doc-${index + at}`, Content: content() })),
      );
    await assert.rejects(domain.call('CreateDocument', { Name: 'OneMore', Content: content() }), code('DocumentLimitExceeded'));
    await assert.rejects(domain.call('CreateDocument', { Name: 'Doc-1', Content: content() }), code('DocumentAlreadyExists'));
  });

  test('a document’s limit of versions holds', async () => {
    await using domain = await setUp(open);
    const { call, database } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: content('1') });
    await database.write('fill', async (tx) => {
      const head = await store.findHead(tx, testScope, 'Doc');
      const version = await store.findVersion(tx, testScope, 'Doc', 1);
      assert.ok(head !== undefined && version !== undefined);
      for (let number = 2; number <= VERSIONS_MAX; number += 1)
        await store.insertVersion(tx, testScope, 'Doc', { ...version, version: number });
      await store.updateHead(tx, testScope, head, { ...head, latestVersion: VERSIONS_MAX, nextVersion: VERSIONS_MAX + 1 });
    });
    const update = () => call('UpdateDocument', { Name: 'Doc', Content: content('2'), DocumentVersion: '$LATEST' });
    await assert.rejects(update(), code('DocumentVersionLimitExceeded'));
    await call('DeleteDocument', { Name: 'Doc', DocumentVersion: '7' });
    assert.equal(
      (await call<UpdateDocumentResult>('UpdateDocument', { Name: 'Doc', Content: content('2') })).DocumentDescription
        ?.DocumentVersion,
      '1001',
    );
  });
});
