// Sharing, seen from the owner's account and from its neighbour's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import type {
  DescribeDocumentPermissionResponse,
  DescribeDocumentResult,
  GetDocumentResult,
  ListDocumentsResult,
  ListDocumentVersionsResult,
} from '../../platform/api/models/ssm.types.gen.ts';
import { NEIGHBOUR, openDocuments, refusedWith, script } from '../attachments/attachment.fixture.ts';
import { documentArn } from '../document.ts';

const ARN = documentArn(testScope, 'Doc');
const asNeighbour = { scope: NEIGHBOUR };
const share = (over: object) => ({ Name: 'Doc', PermissionType: 'Share', ...over });
const accounts = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => String(from + index).padStart(12, '0'));

eachDatabase((_kind, open) => {
  test('what is not shared does not exist for another account, and what is shared is seen by its ARN', async () => {
    await using domain = await openDocuments(open);
    const { call, documents } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: script(), Tags: [{ Key: 'secret', Value: 'tag' }] });
    const missing = refusedWith('InvalidDocument', /^Document with name arn:.* does not exist\.$/);
    await assert.rejects(call('GetDocument', { Name: ARN }, asNeighbour), missing);
    await assert.rejects(documents.library.resolve(NEIGHBOUR, ARN, undefined), missing);

    await call('ModifyDocumentPermission', share({ AccountIdsToAdd: [NEIGHBOUR.account] }));
    const got = await call<GetDocumentResult>('GetDocument', { Name: ARN }, asNeighbour);
    assert.deepEqual([got.Name, got.Content, got.DocumentVersion], [ARN, script(), '1']);
    const { Document } = await call<DescribeDocumentResult>('DescribeDocument', { Name: ARN }, asNeighbour);
    assert.deepEqual([Document?.Name, Document?.Owner, Document?.Tags], [ARN, testScope.account, []]);
    const resolved = await documents.library.resolve(NEIGHBOUR, ARN, undefined);
    assert.deepEqual([resolved.name, resolved.arn, resolved.version], [ARN, ARN, '1']);
    await assert.rejects(call('GetDocument', { Name: 'Doc' }, asNeighbour), refusedWith('InvalidDocument'));
    // Only the account that was named, and only in its region.
    const stranger = { scope: { ...NEIGHBOUR, account: '333333333333' as typeof NEIGHBOUR.account } };
    await assert.rejects(call('GetDocument', { Name: ARN }, stranger), missing);
    const elsewhere = { scope: { ...NEIGHBOUR, region: 'eu-west-1' as typeof NEIGHBOUR.region } };
    await assert.rejects(call('GetDocument', { Name: ARN }, elsewhere), missing);

    // Judged under the one name that policies know, however it is written.
    const other = ARN.replace('arn:aws:', 'arn:aws-cn:');
    assert.equal(documentArn(NEIGHBOUR, other), ARN);
    assert.equal((await documents.library.resolve(NEIGHBOUR, other, undefined)).arn, ARN);
    const own = documents.operations.find(({ name }) => name === 'GetDocument');
    assert.deepEqual(own?.resources({ Name: other }, NEIGHBOUR), [ARN]);

    await call('ModifyDocumentPermission', share({ AccountIdsToRemove: [NEIGHBOUR.account] }));
    await assert.rejects(call('GetDocument', { Name: ARN }, asNeighbour), missing);
  });

  test('a version beyond all numbers is one that does not exist', async () => {
    await using domain = await openDocuments(open);
    const { call, documents } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: script() });
    for (const DocumentVersion of ['99999999999999999999', '9'.repeat(400), '9007199254740992', '0']) {
      const missing = refusedWith('InvalidDocumentVersion');
      await assert.rejects(call('GetDocument', { Name: 'Doc', DocumentVersion }), missing);
      await assert.rejects(documents.library.resolve(testScope, 'Doc', DocumentVersion), missing);
      await assert.rejects(call('UpdateDocument', { Name: 'Doc', Content: script('2'), DocumentVersion }), missing);
      await assert.rejects(call('DeleteDocument', { Name: 'Doc', DocumentVersion }), refusedWith('InvalidDocument'));
      await assert.rejects(call('UpdateDocumentDefaultVersion', { Name: 'Doc', DocumentVersion }), missing);
    }
  });

  test('another account sees the versions that were shared', async () => {
    await using domain = await openDocuments(open);
    const { call } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: script('1'), VersionName: 'one' });
    for (const number of ['2', '3'])
      await call('UpdateDocument', { Name: 'Doc', Content: script(number), VersionName: `v${number}` });
    await call('UpdateDocumentDefaultVersion', { Name: 'Doc', DocumentVersion: '2' });
    const seen = async (wanted: object) => {
      const got = await call<GetDocumentResult>('GetDocument', { Name: ARN, ...wanted }, asNeighbour).catch(
        (error: Error) => error,
      );
      return got instanceof Error ? got.name : got.DocumentVersion;
    };
    const views = [
      {},
      { DocumentVersion: '1' },
      { DocumentVersion: '$DEFAULT' },
      { DocumentVersion: '$LATEST' },
      { VersionName: 'one' },
    ];
    const no = 'InvalidDocumentVersion';
    for (const [version, expected] of [
      [undefined, ['2', no, '2', no, no]],
      ['$LATEST', ['3', no, no, '3', no]],
      ['$ALL', ['2', '1', '2', '3', '1']],
    ] as const) {
      await call('ModifyDocumentPermission', share({ AccountIdsToAdd: ['all'], SharedDocumentVersion: version }));
      assert.deepEqual(await Promise.all(views.map(seen)), expected);
      const list = await call<ListDocumentVersionsResult>('ListDocumentVersions', { Name: ARN }, asNeighbour);
      const told = list.DocumentVersions?.map(({ DocumentVersion }) => DocumentVersion);
      assert.deepEqual(told, version === '$ALL' ? ['3', '2', '1'] : [expected[0]]);
    }
  });

  test('lists tell own, shared and public documents apart', async () => {
    await using domain = await openDocuments(open);
    const { call } = domain;
    for (const Name of ['Doc', 'Public', 'Kept']) await call('CreateDocument', { Name, Content: script() });
    await call('CreateDocument', { Name: 'Theirs', Content: script() }, asNeighbour);
    await call('ModifyDocumentPermission', share({ AccountIdsToAdd: [NEIGHBOUR.account] }));
    await call('ModifyDocumentPermission', share({ Name: 'Public', AccountIdsToAdd: ['All'] }));
    const owned = async (owner?: string) => {
      const Filters = owner === undefined ? [] : [{ Key: 'Owner', Values: [owner] }];
      const list = await call<ListDocumentsResult>('ListDocuments', { Filters, MaxResults: 50 }, asNeighbour);
      return list.DocumentIdentifiers?.map(({ Name }) => Name ?? '').filter((name) => !/^(AWS|Amazon)/.test(name));
    };
    const shared = documentArn(testScope, 'Public');
    assert.deepEqual(await owned(), ['Theirs', ARN, shared]);
    assert.deepEqual(await owned('Self'), ['Theirs']);
    assert.deepEqual(await owned('Private'), ['Theirs', ARN]);
    assert.deepEqual(await owned('Public'), [shared]);
    assert.deepEqual(await owned('ThirdParty'), [ARN, shared]);
    assert.deepEqual(await owned(testScope.account), [ARN, shared]);
  });

  test('a document is shared with a thousand accounts or with all, and five are public', async () => {
    await using domain = await openDocuments(open);
    const { call } = domain;
    for (const Name of ['Doc', 'P1', 'P2', 'P3', 'P4', 'P5']) await call('CreateDocument', { Name, Content: script() });
    for (let group = 0; group < 50; group++)
      await call('ModifyDocumentPermission', share({ AccountIdsToAdd: accounts(1000 + group * 20, 20) }));
    const limit = refusedWith('DocumentPermissionLimit', /at most 1000 accounts/);
    await assert.rejects(call('ModifyDocumentPermission', share({ AccountIdsToAdd: accounts(9000, 1) })), limit);
    const either = refusedWith('DocumentPermissionLimit', /^Accounts can either be all or a group of AWS accounts$/);
    await assert.rejects(call('ModifyDocumentPermission', share({ AccountIdsToAdd: ['all'] })), either);
    await assert.rejects(
      call('ModifyDocumentPermission', share({ Name: 'P1', AccountIdsToAdd: ['all', '111122223333'] })),
      either,
    );
    for (const Name of ['P1', 'P2', 'P3', 'P4', 'P5'])
      await call('ModifyDocumentPermission', share({ Name, AccountIdsToAdd: ['all'] }));
    await call('ModifyDocumentPermission', share({ Name: 'P5', AccountIdsToAdd: ['all'], SharedDocumentVersion: '$ALL' }));
    await call('CreateDocument', { Name: 'P6', Content: script() });
    const sixth = call('ModifyDocumentPermission', share({ Name: 'P6', AccountIdsToAdd: ['all'] }));
    await assert.rejects(sixth, refusedWith('DocumentLimitExceeded', /at most 5/));
    await assert.rejects(
      call('ModifyDocumentPermission', share({ Name: 'Gone', AccountIdsToAdd: ['all'] })),
      refusedWith('InvalidDocument'),
    );
    await assert.rejects(
      call('ModifyDocumentPermission', share({ Name: 'AWS-RunShellScript', AccountIdsToRemove: ['all'] })),
      refusedWith('InvalidDocument'),
    );
  });

  test('the owner reads the shares in pages, and a document is deleted when it has none', async () => {
    await using domain = await openDocuments(open);
    const { call } = domain;
    await call('CreateDocument', { Name: 'Doc', Content: script() });
    await call('ModifyDocumentPermission', share({ AccountIdsToAdd: accounts(1, 20) }));
    // The owner needs no share with itself; whoever has one gets the new version.
    await call(
      'ModifyDocumentPermission',
      share({ AccountIdsToAdd: [...accounts(20, 2), testScope.account], SharedDocumentVersion: '$ALL' }),
    );
    const first = await call<DescribeDocumentPermissionResponse>('DescribeDocumentPermission', share({}));
    assert.deepEqual(first.AccountIds, accounts(1, 20));
    assert.deepEqual(first.AccountSharingInfoList?.at(-1), { AccountId: accounts(20, 1)[0], SharedDocumentVersion: '$ALL' });
    const rest = await call<DescribeDocumentPermissionResponse>(
      'DescribeDocumentPermission',
      share({ NextToken: first.NextToken }),
    );
    assert.deepEqual([rest.AccountIds, rest.NextToken], [accounts(21, 1), undefined]);
    await assert.rejects(call('DescribeDocumentPermission', share({}), asNeighbour), refusedWith('InvalidDocument'));

    await assert.rejects(
      call('DeleteDocument', { Name: 'Doc' }),
      refusedWith('InvalidDocumentOperation', /stop sharing the document/),
    );
    await call('ModifyDocumentPermission', share({ AccountIdsToRemove: accounts(1, 20) }));
    await assert.rejects(call('DeleteDocument', { Name: 'Doc' }), refusedWith('InvalidDocumentOperation'));
    await call('ModifyDocumentPermission', share({ AccountIdsToRemove: accounts(21, 1) }));
    await call('DeleteDocument', { Name: 'Doc' });
  });
});
