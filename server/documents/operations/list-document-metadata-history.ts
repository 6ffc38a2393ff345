// ListDocumentMetadataHistory: what was said about a version, newest first.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import { getVersion, MISSING_VERSION } from '../domain.ts';
import type { Documents } from '../domain.ts';
import * as reviews from '../reviews/review-store.ts';

const PAGE = 50;

export default operation<SsmApi, Documents>()('ssm', 'ListDocumentMetadataHistory', {
  action: 'ssm:ListDocumentMetadataHistory',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const limit = input.MaxResults ?? PAGE;
    const position =
      input.NextToken === undefined ? undefined : domain.pageTokens.decode('ListDocumentMetadataHistory', ctx, input.NextToken);
    const before = typeof position === 'number' ? position : undefined;
    return domain.database.read(async (tx) => {
      const wanted = { Name: input.Name, DocumentVersion: input.DocumentVersion ?? '$LATEST' };
      const { head, version, owner } = await getVersion(domain, tx, ctx, wanted, ctx);
      // What its owner's people say about a document is theirs.
      const isOurs = head.owner === OWNER_AMAZON || owner.account === ctx.account;
      if (!isOurs) return ctx.fail('InvalidDocumentVersion', MISSING_VERSION);
      const found = await reviews.listReviews(tx, ctx, head.name, version.version, before, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        Name: head.name,
        DocumentVersion: String(version.version),
        Author: version.author === '' ? undefined : version.author,
        Metadata: {
          ReviewerResponse: page.map((review) => ({
            CreateTime: review.createdAt,
            UpdatedTime: review.updatedAt,
            ReviewStatus: review.status,
            Comment: review.comment === undefined ? undefined : [{ Type: 'Comment' as const, Content: review.comment }],
            Reviewer: review.reviewer,
          })),
        },
        NextToken:
          found.length > limit && last !== undefined
            ? domain.pageTokens.encode('ListDocumentMetadataHistory', ctx, last.sequence)
            : undefined,
      };
    });
  },
});
