// Reviews of versions, through the operations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import type {
  CreateDocumentResult,
  DescribeDocumentResult,
  ListDocumentMetadataHistoryResponse,
  ListDocumentsResult,
  ListDocumentVersionsResult,
} from '../../platform/api/models/ssm.types.gen.ts';
import { code, NOW, setUp } from '../documents.fixture.ts';
import { SAMPLES } from '../kinds/samples.fixture.ts';
import { reviewerOf } from './review.ts';

const content = (description: string): string => {
  const template = SAMPLES.find(({ type }) => type === 'Automation.ChangeTemplate')?.content ?? '';
  return JSON.stringify({ ...JSON.parse(template), description });
};

async function withTemplate(open: Parameters<typeof setUp>[0], versions: number) {
  const domain = await setUp(open);
  const { call } = domain;
  const created = await call<CreateDocumentResult>('CreateDocument', {
    Name: 'Change',
    Content: content('1'),
    DocumentType: 'Automation.ChangeTemplate',
  });
  for (let version = 2; version <= versions; version += 1)
    await call('UpdateDocument', { Name: 'Change', Content: content(String(version)), DocumentVersion: '$LATEST' });
  const review = (Action: string, DocumentVersion?: string, comment?: string) =>
    call('UpdateDocumentMetadata', {
      Name: 'Change',
      DocumentVersion,
      DocumentReviews: { Action, Comment: comment === undefined ? undefined : [{ Type: 'Comment', Content: comment }] },
    });
  const statuses = async (): Promise<unknown[]> => {
    const { DocumentVersions } = await call<ListDocumentVersionsResult>('ListDocumentVersions', { Name: 'Change' });
    return (DocumentVersions ?? []).map(({ ReviewStatus }) => ReviewStatus);
  };
  const described = async (DocumentVersion: string) =>
    (await call<DescribeDocumentResult>('DescribeDocument', { Name: 'Change', DocumentVersion })).Document;
  return { ...domain, created, review, statuses, described, [Symbol.asyncDispose]: () => domain.database.close() };
}

eachDatabase((_kind, open) => {
  test('a change template begins unreviewed, is sent, approved, and supersedes what was approved before', async () => {
    await using domain = await withTemplate(open, 2);
    const { review, statuses, described, call } = domain;
    assert.equal(domain.created.DocumentDescription?.ReviewStatus, 'NOT_REVIEWED');
    await review('SendForReview', '1', 'please');
    assert.equal((await described('1'))?.PendingReviewVersion, '1');
    await review('UpdateReview', '1', 'please look at the approvers');
    await review('Approve', '1');
    assert.deepEqual(await statuses(), ['NOT_REVIEWED', 'APPROVED']);
    const first = await described('1');
    assert.deepEqual(
      [first?.ApprovedVersion, first?.PendingReviewVersion, first?.ReviewStatus, first?.ReviewInformation],
      ['1', undefined, 'APPROVED', [{ ReviewedTime: NOW, Status: 'APPROVED', Reviewer: 'administrator' }]],
    );
    await review('SendForReview');
    await review('Approve', '$LATEST', 'good');
    assert.deepEqual(await statuses(), ['APPROVED', 'NOT_REVIEWED']);
    assert.equal((await described('1'))?.ApprovedVersion, '2');
    const { DocumentIdentifiers } = await call<ListDocumentsResult>('ListDocuments', {
      Filters: [{ Key: 'DocumentType', Values: ['Automation.ChangeTemplate'] }],
    });
    assert.deepEqual(
      DocumentIdentifiers?.map(({ DocumentVersion, ReviewStatus }) => [DocumentVersion, ReviewStatus]),
      [['1', 'NOT_REVIEWED']],
    );
  });

  test('one version at a time is under review, and only what is can be judged', async () => {
    await using domain = await withTemplate(open, 2);
    const { review, statuses } = domain;
    for (const action of ['Approve', 'Reject', 'UpdateReview'])
      await assert.rejects(review(action, '1'), /is not under review.*Use SendForReview/);
    await review('SendForReview', '1');
    await assert.rejects(review('SendForReview', '2'), /Version 1 of document Change is under review/);
    await assert.rejects(review('Approve', '9'), code('InvalidDocumentVersion'));
    await review('Reject', '1', 'no');
    assert.deepEqual(await statuses(), ['NOT_REVIEWED', 'REJECTED']);
    await review('SendForReview', '1');
    await review('Approve', '1');
    await assert.rejects(review('SendForReview', '1'), code('InvalidDocumentOperation'));
  });

  test('the history tells who said what, newest first, page by page', async () => {
    await using domain = await withTemplate(open, 1);
    const { review, call } = domain;
    await review('SendForReview', '1', 'first');
    await review('Reject', '1', 'no');
    await review('SendForReview', '1', 'again');
    const said: unknown[] = [];
    let token: string | undefined;
    do {
      const page: ListDocumentMetadataHistoryResponse = await call('ListDocumentMetadataHistory', {
        Name: 'Change',
        Metadata: 'DocumentReviews',
        MaxResults: 2,
        NextToken: token,
      });
      assert.deepEqual([page.Name, page.DocumentVersion], ['Change', '1']);
      said.push(
        ...(page.Metadata?.ReviewerResponse ?? []).map((one) => [one.ReviewStatus, one.Comment?.[0]?.Content, one.Reviewer]),
      );
      token = page.NextToken;
    } while (token !== undefined);
    assert.deepEqual(said, [
      ['PENDING', 'again', 'administrator'],
      ['REJECTED', 'no', 'administrator'],
      ['PENDING', 'first', 'administrator'],
    ]);
    await assert.rejects(
      call('ListDocumentMetadataHistory', { Name: 'Change', Metadata: 'DocumentReviews', NextToken: 'forged' }),
      code('InvalidNextToken'),
    );
  });

  test('with a version its reviews go, and nothing of a deleted document is left for the next of its name', async () => {
    await using domain = await withTemplate(open, 2);
    const { review, described, call } = domain;
    await review('SendForReview', '2');
    await call('DeleteDocument', { Name: 'Change', DocumentVersion: '2' });
    assert.equal((await described('1'))?.PendingReviewVersion, undefined);
    await review('SendForReview', '1', 'old');
    await call('DeleteDocument', { Name: 'Change' });
    await call('CreateDocument', { Name: 'Change', Content: content('new'), DocumentType: 'Automation.ChangeTemplate' });
    const history = await call<ListDocumentMetadataHistoryResponse>('ListDocumentMetadataHistory', {
      Name: 'Change',
      Metadata: 'DocumentReviews',
    });
    assert.deepEqual(history.Metadata?.ReviewerResponse, []);
    assert.equal((await described('1'))?.PendingReviewVersion, undefined);
  });

  test('a document that needs no review has no status until somebody asks; built-in ones take none', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const run = SAMPLES.find(({ type }) => type === 'Command')?.content;
    const created = await call<CreateDocumentResult>('CreateDocument', { Name: 'Run', Content: run });
    assert.equal(created.DocumentDescription?.ReviewStatus, undefined);
    await call('UpdateDocumentMetadata', { Name: 'Run', DocumentReviews: { Action: 'SendForReview' } });
    assert.equal((await call<DescribeDocumentResult>('DescribeDocument', { Name: 'Run' })).Document?.ReviewStatus, 'PENDING');
    await assert.rejects(
      call('UpdateDocumentMetadata', { Name: 'AWS-RunShellScript', DocumentReviews: { Action: 'SendForReview' } }),
      code('InvalidDocumentOperation'),
    );
  });
});

test('a reviewer is the last word of an ARN, as the model spells reviewers', () => {
  assert.equal(reviewerOf('arn:aws:iam::1:user/path/jane@x.org'), 'jane_x.org');
  assert.equal(reviewerOf('arn:aws:iam::1:root'), 'root');
  assert.equal(reviewerOf(`arn:aws:sts::1:assumed-role/R/${'s'.repeat(64)}`).length, 50);
});
