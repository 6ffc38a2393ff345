// GetDocument: the content of one version, in JSON unless asked otherwise.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { listAttachments } from '../attachments/attachment-store.ts';
import { attachmentsContent } from '../attachments/view.ts';
import { convert } from '../content.ts';
import { versionConditions } from '../conditions.ts';
import { documentArn, nameSeenFrom } from '../document.ts';
import { getVersion } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { listOrNothing } from '../view.ts';

export default operation<SsmApi, Documents>()('ssm', 'GetDocument', {
  action: 'ssm:GetDocument',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: versionConditions,
  async handle(domain, ctx, input) {
    const { head, version, owner, attachments } = await domain.database.read(async (tx) => {
      const found = await getVersion(domain, tx, ctx, input, ctx);
      return { ...found, attachments: await listAttachments(tx, found.owner, found.head.name, found.version.version) };
    });
    const format = input.DocumentFormat ?? (version.format === 'TEXT' ? 'TEXT' : 'JSON');
    const content = convert(version.content, version.format, format);
    if (content === undefined)
      return ctx.fail(
        'ValidationException',
        `Document ${head.name} has the format ${version.format}, which can't be converted to ${format}.`,
      );
    const { capabilities } = domain.attachments;
    return {
      Name: nameSeenFrom(ctx, owner, head.name),
      CreatedDate: version.createdAt,
      DisplayName: head.displayName,
      VersionName: version.versionName,
      DocumentVersion: String(version.version),
      Status: 'Active',
      StatusInformation: version.statusInformation === '' ? undefined : version.statusInformation,
      Content: content,
      DocumentType: head.documentType,
      DocumentFormat: format,
      Requires: listOrNothing(version.requires),
      ReviewStatus: version.reviewStatus,
      AttachmentsContent: attachmentsContent(capabilities, owner, head.name, version.version, attachments, ctx.now),
    };
  },
});
