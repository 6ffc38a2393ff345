// Documents of every type through the operations: created, described, read back in their formats, updated, required, deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import type {
  CreateDocumentResult,
  DescribeDocumentResult,
  GetDocumentResult,
  ListDocumentsResult,
  UpdateDocumentResult,
} from '../platform/api/models/ssm.types.gen.ts';
import { code, setUp } from './documents.fixture.ts';
import { CALENDAR, runbook, SAMPLES } from './kinds/samples.fixture.ts';

const command = (line: string): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'a', inputs: { runCommand: [line] } }],
  });

/** Of a package only the manifest is looked at here, not whether its files are attached. */
const WITHOUT_FILES = SAMPLES.filter(({ type }) => type !== 'Package');

eachDatabase((_kind, open) => {
  test('each type is created, described as what it is, and read back as it was written', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    await call('CreateDocument', { Name: 'Schema', Content: '{}', DocumentType: 'ApplicationConfigurationSchema' });
    for (const [index, { type, format, content }] of WITHOUT_FILES.entries()) {
      const Name = `Doc-${index}`;
      const Requires = type === 'ApplicationConfiguration' ? [{ Name: 'Schema', Version: '1' }] : undefined;
      await call('CreateDocument', { Name, Content: content, DocumentType: type, DocumentFormat: format, Requires });
      const { Document } = await call<DescribeDocumentResult>('DescribeDocument', { Name });
      assert.deepEqual([Document?.DocumentType, Document?.DocumentFormat, Document?.Requires], [type, format, Requires]);
      const got = await call<GetDocumentResult>('GetDocument', { Name, DocumentFormat: format });
      assert.deepEqual([got.Content, got.DocumentType, got.Requires], [content, type, Requires]);
    }
  });

  test('text is answered as text, and converted into nothing', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const calendar = { Name: 'Cal', Content: CALENDAR, DocumentType: 'ChangeCalendar' };
    await assert.rejects(call('CreateDocument', calendar), /ChangeCalendar have the format TEXT, not JSON/);
    await call('CreateDocument', { ...calendar, DocumentFormat: 'TEXT' });
    const got = await call<GetDocumentResult>('GetDocument', { Name: 'Cal' });
    assert.deepEqual([got.DocumentFormat, got.Content], ['TEXT', CALENDAR]);
    for (const DocumentFormat of ['JSON', 'YAML'])
      await assert.rejects(call('GetDocument', { Name: 'Cal', DocumentFormat }), code('ValidationException'));
    await call('CreateDocument', { Name: 'Run', Content: command('a') });
    await assert.rejects(call('GetDocument', { Name: 'Run', DocumentFormat: 'TEXT' }), /JSON, which can't be converted to TEXT/);
  });

  test('what no agent runs is refused to those who run documents', async () => {
    await using domain = await setUp(open);
    const Content = JSON.stringify(runbook());
    await domain.call('CreateDocument', { Name: 'Book', Content, DocumentType: 'Automation' });
    for (const name of ['Book', 'AWS-StartSSHSession'])
      await assert.rejects(domain.documents.library.resolve(testScope, name, undefined), (error: Error) => {
        assert.match(error.message, /is of type (Automation|Session), which can't be sent to nodes/);
        return code('InvalidDocument')(error);
      });
  });

  test('an update keeps the type, and what the document requires', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const schema = { Name: 'Schema', Content: '{}', DocumentType: 'ApplicationConfigurationSchema', VersionName: 'one' };
    await call('CreateDocument', schema);
    const Requires = [{ Name: 'Schema', VersionName: 'one', RequireType: 'ApplicationConfigurationSchema' }];
    await call('CreateDocument', { Name: 'Config', Content: '{"a":1}', DocumentType: 'ApplicationConfiguration', Requires });
    const updated = await call<UpdateDocumentResult>('UpdateDocument', {
      Name: 'Config',
      Content: 'a: 2\n',
      DocumentFormat: 'YAML',
      DocumentVersion: '$LATEST',
    });
    assert.deepEqual(
      [
        updated.DocumentDescription?.DocumentType,
        updated.DocumentDescription?.Requires,
        updated.DocumentDescription?.DocumentFormat,
      ],
      ['ApplicationConfiguration', Requires, 'YAML'],
    );
    await call('CreateDocument', { Name: 'Book', Content: JSON.stringify(runbook()), DocumentType: 'Automation' });
    await assert.rejects(
      call('UpdateDocument', { Name: 'Book', Content: command('a'), DocumentVersion: '1' }),
      code('InvalidDocumentSchemaVersion'),
    );
    const { DocumentIdentifiers } = await call<ListDocumentsResult>('ListDocuments', {
      Filters: [{ Key: 'DocumentType', Values: ['ApplicationConfiguration', 'Automation'] }],
    });
    assert.deepEqual(
      DocumentIdentifiers?.map(({ Name, DocumentType }) => [Name, DocumentType]),
      [
        ['Book', 'Automation'],
        ['Config', 'ApplicationConfiguration'],
      ],
    );
  });

  test('a required document must be there; nothing holds it afterwards', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const create = (Requires: object[] | undefined, over: object = {}) =>
      call('CreateDocument', { Name: 'Doc', Content: command('a'), Requires, ...over });
    await assert.rejects(create([{ Name: 'Nope' }]), /Requires: Nope .* Document with name Nope does not exist/);
    await call('CreateDocument', { Name: 'Other', Content: command('b') });
    await assert.rejects(create([{ Name: 'Other', Version: '2' }]), code('ValidationException'));
    await assert.rejects(create([{ Name: 'Other', VersionName: 'x' }]), code('ValidationException'));
    await assert.rejects(create(Array.from({ length: 21 }, () => ({ Name: 'Other' }))), /at most 20/);
    await assert.rejects(
      create(undefined, { Content: '{}', DocumentType: 'ApplicationConfiguration' }),
      /requires a document of type ApplicationConfigurationSchema/,
    );
    await create([{ Name: 'Other', Version: '$LATEST' }, { Name: 'AWS-RunShellScript' }]);
    await call('DeleteDocument', { Name: 'Other' });
    const { DocumentIdentifiers } = await call<ListDocumentsResult>('ListDocuments', {
      Filters: [{ Key: 'Owner', Values: ['Self'] }],
    });
    assert.deepEqual(DocumentIdentifiers?.[0]?.Requires, [{ Name: 'Other', Version: '$LATEST' }, { Name: 'AWS-RunShellScript' }]);
  });

  test('configurations are deleted with Force only', async () => {
    await using domain = await setUp(open);
    await domain.call('CreateDocument', { Name: 'Schema', Content: '{}', DocumentType: 'ApplicationConfigurationSchema' });
    await assert.rejects(domain.call('DeleteDocument', { Name: 'Schema' }), code('InvalidDocumentOperation'));
    await domain.call('DeleteDocument', { Name: 'Schema', Force: true });
    await assert.rejects(domain.call('DescribeDocument', { Name: 'Schema' }), code('InvalidDocument'));
  });

  test('warnings stay with the version, with their lines', async () => {
    await using domain = await setUp(open);
    const Content =
      'schemaVersion: "2.2"\nparameters: {p: {type: String}}\nmainSteps:\n- {name: a, action: aws:runShellScript, inputs: {runCommand: ["rm {{ p }}"]}}\n';
    const created = await domain.call<CreateDocumentResult>('CreateDocument', { Name: 'Doc', Content, DocumentFormat: 'YAML' });
    const said = created.DocumentDescription?.StatusInformation;
    assert.match(said ?? '', /^Step "a": .*"p".*shell injection.* \(Line: 4, Column: 63\)\.$/);
    const { Document } = await domain.call<DescribeDocumentResult>('DescribeDocument', { Name: 'Doc' });
    assert.equal(Document?.StatusInformation, said);
    assert.equal((await domain.call<GetDocumentResult>('GetDocument', { Name: 'Doc' })).StatusInformation, said);
  });

  test('display name, target type and who made it are told', async () => {
    await using domain = await setUp(open);
    const input = { Name: 'Doc', DisplayName: 'My document', TargetType: '/AWS::EC2::Instance' };
    await domain.call('CreateDocument', { ...input, Content: command('a') });
    const filters = [
      { Key: 'TargetType', Values: ['/AWS::EC2::Instance'] },
      { Key: 'SearchKeyword', Values: ['my doc'] },
    ];
    const { DocumentIdentifiers } = await domain.call<ListDocumentsResult>('ListDocuments', { Filters: filters });
    const [found] = DocumentIdentifiers ?? [];
    assert.deepEqual(
      [found?.Name, found?.DisplayName, found?.TargetType, found?.Author],
      ['Doc', 'My document', '/AWS::EC2::Instance', 'arn:aws:iam::123456789012:user/administrator'],
    );
  });
});
