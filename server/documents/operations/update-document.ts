// UpdateDocument: a new latest version. The default version stays what it is.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { attach, fetchSources } from '../attachments/sources.ts';
import { attachmentsInformation } from '../attachments/view.ts';
import { versionConditions } from '../conditions.ts';
import { documentArn, OWNER_AMAZON, VERSIONS_MAX, versionNumber } from '../document.ts';
import type { DocumentHead } from '../document.ts';
import { DOCUMENT_TAG_TYPE, getHead } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { newVersion } from '../new-version.ts';
import * as store from '../store.ts';
import { describe } from '../view.ts';

export default operation<SsmApi, Documents>()('ssm', 'UpdateDocument', {
  action: 'ssm:UpdateDocument',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: versionConditions,
  async handle(domain, ctx, input) {
    // Read before the unit: parsing is not database work.
    const { documentType } = (await domain.database.read((tx) => getHead(domain, tx, ctx, input.Name, ctx))).head;
    const { version: draft, checked } = newVersion(documentType, input, 0, ctx);
    const sources = await fetchSources(domain, ctx, input.Attachments ?? []);
    const { head, version, tags, attachments } = await domain.database.write('documents.update', async (tx) => {
      const { head } = await getHead(domain, tx, ctx, input.Name, ctx);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} is owned by Amazon and can't be changed.`);
      if (head.documentType !== documentType)
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} was changed at the same time. Try again.`);
      if (versionNumber(head, input.DocumentVersion ?? '$LATEST') !== head.latestVersion)
        ctx.fail(
          'InvalidDocumentVersion',
          `Version provided for document ${head.name} is not latest. Please provide the latest version to update document ${head.name}`,
        );
      const latest = await store.findVersion(tx, ctx, head.name, head.latestVersion);
      if (latest?.schemaVersion === '1.2' || draft.schemaVersion === '1.2')
        ctx.fail(
          'InvalidDocumentSchemaVersion',
          'Documents of schema version 1.2 cannot be updated. Create a new document instead.',
        );
      if (latest?.hash === draft.hash)
        ctx.fail(
          'DuplicateDocumentContent',
          'The content of the association document matches another document. Change the content of the document and try again.',
        );
      if (draft.versionName !== undefined && (await store.findVersionByName(tx, ctx, head.name, draft.versionName)) !== undefined)
        ctx.fail(
          'DuplicateDocumentVersionName',
          'The version name has already been used in this document. Specify a different version name, and then try again.',
        );
      if ((await store.countVersions(tx, ctx, head.name)) >= VERSIONS_MAX)
        ctx.fail(
          'DocumentVersionLimitExceeded',
          'The document has too many versions. Delete one or more document versions and try again.',
        );
      const next: DocumentHead = {
        ...head,
        latestVersion: head.nextVersion,
        nextVersion: head.nextVersion + 1,
        targetType: input.TargetType ?? head.targetType,
        displayName: input.DisplayName ?? head.displayName,
      };
      // The call has no Requires: what a document requires stays as it is.
      const version = { ...draft, version: next.latestVersion, requires: latest?.requires ?? [] };
      if (!(await store.updateHead(tx, ctx, head, next)))
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} was changed at the same time. Try again.`);
      await store.insertVersion(tx, ctx, head.name, version);
      const attachments = await attach(domain, tx, ctx, { ...next, ...version }, sources);
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
      return { head: next, version, attachments, tags: await domain.tags.list(tx, ctx, DOCUMENT_TAG_TYPE, head.name) };
    });
    const described = describe(head, version, checked, 'Updating', tags);
    return { DocumentDescription: { ...described, AttachmentsInformation: attachmentsInformation(attachments) } };
  },
});
