// UpdateDocumentMetadata: a version is sent for review, commented on, approved or rejected.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import { documentArn, OWNER_AMAZON, versionNumber } from '../document.ts';
import { getHead, MISSING_VERSION } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { planReview, reviewerOf, REVIEWS_MAX } from '../reviews/review.ts';
import type { Review, ReviewPlan } from '../reviews/review.ts';
import * as reviews from '../reviews/review-store.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Documents>()('ssm', 'UpdateDocumentMetadata', {
  action: 'ssm:UpdateDocumentMetadata',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const { Action: action, Comment: comments = [] } = input.DocumentReviews;
    await domain.database.write('documents.review', async (tx) => {
      const { head } = await getHead(domain, tx, ctx, input.Name, ctx);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} is owned by Amazon and can't be reviewed.`);
      const version = await store.findFacts(tx, ctx, head.name, versionNumber(head, input.DocumentVersion ?? '$LATEST'));
      if (version === undefined) return ctx.fail('InvalidDocumentVersion', MISSING_VERSION);
      const plan = planReview(head, version, action);
      if (typeof plan === 'string') return ctx.fail('InvalidDocumentOperation', plan);
      const { approvedVersion, pendingVersion, superseded, status } = plan;
      if (!(await store.updateHead(tx, ctx, head, { ...head, approvedVersion, pendingVersion })))
        ctx.fail('TooManyUpdates', `Document ${head.name} was changed at the same time. Try again.`);
      await reviews.setReviewStatus(tx, ctx, head.name, version.version, status);
      if (superseded !== undefined) await reviews.setReviewStatus(tx, ctx, head.name, superseded, 'NOT_REVIEWED');
      await record(tx, ctx, head.name, version.version, plan, comments[0]?.Content);
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
    });
    return {};
  },
});

async function record(
  tx: Tx,
  ctx: RequestContext<'InvalidDocumentOperation'>,
  name: string,
  version: number,
  { status, amends }: ReviewPlan,
  comment: string | undefined,
): Promise<void> {
  const last = await reviews.findLastReview(tx, ctx, name, version);
  const said = { status, reviewer: reviewerOf(ctx.principal.arn), updatedAt: ctx.now };
  if (amends && last !== undefined) {
    await reviews.updateReview(tx, ctx, name, version, { ...last, ...said, comment: comment ?? last.comment });
    return;
  }
  const sequence = (last?.sequence ?? 0) + 1;
  if (sequence > REVIEWS_MAX)
    ctx.fail(
      'InvalidDocumentOperation',
      `Version ${version} of document ${name} was reviewed ${REVIEWS_MAX} times: make a new version.`,
    );
  const review: Review = { ...said, sequence, comment, createdAt: ctx.now };
  await reviews.insertReview(tx, ctx, name, version, review);
}
