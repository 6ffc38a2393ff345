// CreateDocument: version 1 of a new document, with its tags, in one unit.
import type { CreateDocumentRequest, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { attach, fetchSources } from '../attachments/sources.ts';
import { attachmentsInformation } from '../attachments/view.ts';
import { newDocumentConditions } from '../conditions.ts';
import { documentArn, DOCUMENTS_MAX, isReservedName } from '../document.ts';
import type { DocumentHead } from '../document.ts';
import { DOCUMENT_TAG_TYPE } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { newVersion } from '../new-version.ts';
import { requireRequired } from '../required.ts';
import * as sharing from '../sharing/sharing-store.ts';
import * as store from '../store.ts';
import { describe } from '../view.ts';

export default operation<SsmApi, Documents>()('ssm', 'CreateDocument', {
  action: 'ssm:CreateDocument',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: newDocumentConditions,
  async handle(domain, ctx, input) {
    requireOurs(input, ctx);
    const documentType = input.DocumentType ?? 'Command';
    const { version, checked } = newVersion(documentType, input, 1, ctx);
    const head: DocumentHead = {
      name: input.Name,
      documentType,
      owner: ctx.account,
      targetType: input.TargetType,
      displayName: input.DisplayName,
      defaultVersion: 1,
      latestVersion: 1,
      nextVersion: 2,
      approvedVersion: undefined,
      pendingVersion: undefined,
      createdAt: ctx.now,
    };
    const tags = input.Tags ?? [];
    const sources = await fetchSources(domain, ctx, input.Attachments ?? []);
    const attachments = await domain.database.write('documents.create', async (tx) => {
      await requireRequired(domain, tx, ctx, documentType, version.requires);
      const taken = (await store.findHead(tx, ctx, head.name)) !== undefined;
      if (!taken && (await store.countDocuments(tx, ctx)) >= DOCUMENTS_MAX)
        ctx.fail('DocumentLimitExceeded', `You can have at most ${DOCUMENTS_MAX} active SSM documents.`);
      if (taken || !(await store.insertDocument(tx, ctx, head, version)))
        ctx.fail('DocumentAlreadyExists', `Document with same name ${head.name} already exists`);
      await domain.tags.removeAll(tx, ctx, DOCUMENT_TAG_TYPE, head.name);
      await domain.tags.add(tx, ctx, DOCUMENT_TAG_TYPE, head.name, tags);
      await sharing.removeAllShares(tx, ctx, head.name);
      const attachments = await attach(domain, tx, ctx, { ...head, ...version }, sources);
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
      return attachments;
    });
    const described = describe(head, version, checked, 'Creating', tags);
    return { DocumentDescription: { ...described, AttachmentsInformation: attachmentsInformation(attachments) } };
  },
});

function requireOurs(input: CreateDocumentRequest, ctx: RequestContext): void {
  if (isReservedName(input.Name))
    ctx.fail(
      'ValidationException',
      `Document name ${input.Name} is reserved: names may not begin with aws-, amazon, amzn, AWSEC2, AWSConfigRemediation, AWSSupport or AWSFleetManager.`,
    );
}
