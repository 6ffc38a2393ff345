// DescribeDocument: everything about one version but its content.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { listAttachments } from '../attachments/attachment-store.ts';
import { attachmentsInformation } from '../attachments/view.ts';
import { describeContent } from '../content.ts';
import { versionConditions } from '../conditions.ts';
import { documentArn, nameSeenFrom, OWNER_AMAZON } from '../document.ts';
import { DOCUMENT_TAG_TYPE, getVersion } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { findLastReview } from '../reviews/review-store.ts';
import { describe, reviewInformation } from '../view.ts';

export default operation<SsmApi, Documents>()('ssm', 'DescribeDocument', {
  action: 'ssm:DescribeDocument',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: versionConditions,
  async handle(domain, ctx, input) {
    const { head, version, owner, review, tags, attachments } = await domain.database.read(async (tx) => {
      const found = await getVersion(domain, tx, ctx, input, ctx);
      const { head, version, owner } = found;
      const review = await findLastReview(tx, owner, head.name, version.version);
      const attachments = await listAttachments(tx, owner, head.name, version.version);
      // Tags are the owner's.
      const isOwn = head.owner !== OWNER_AMAZON && owner.account === ctx.account;
      return { ...found, review, attachments, tags: isOwn ? await domain.tags.list(tx, ctx, DOCUMENT_TAG_TYPE, head.name) : [] };
    });
    const checked = describeContent(head.documentType, version.content, version.format);
    const described = describe(head, version, checked, 'Active', tags);
    return {
      Document: {
        ...described,
        Name: nameSeenFrom(ctx, owner, head.name),
        ReviewInformation: review === undefined ? undefined : [reviewInformation(review)],
        AttachmentsInformation: attachmentsInformation(attachments),
      },
    };
  },
});
