// DeleteDocument: one version, or the document with all of them and its tags. The default version goes with the document only.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import { deleteAttachments } from '../attachments/attachment-store.ts';
import { versionConditions } from '../conditions.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import type { DocumentHead } from '../document.ts';
import { DOCUMENT_TAG_TYPE, getHead, missingDocument, MISSING_VERSION, numberOf } from '../domain.ts';
import type { Documents, VersionReference } from '../domain.ts';
import { deleteReviews } from '../reviews/review-store.ts';
import { MUST_UNSHARE } from '../sharing/sharing.ts';
import { isShared } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

type Context = RequestContext<'InvalidDocumentOperation' | 'InvalidDocument'>;

export default operation<SsmApi, Documents>()('ssm', 'DeleteDocument', {
  action: 'ssm:DeleteDocument',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: versionConditions,
  async handle(domain, ctx, input) {
    await domain.database.write('documents.delete', async (tx) => {
      const refuse = { fail: () => ctx.fail('InvalidDocument', missingDocument(input.Name)) };
      const { head } = await getHead(domain, tx, ctx, input.Name, refuse);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} is owned by Amazon and can't be deleted.`);
      if (head.documentType.startsWith('ApplicationConfiguration') && input.Force !== true)
        ctx.fail('InvalidDocumentOperation', `A document of type ${head.documentType} is deleted with Force only.`);
      if (input.DocumentVersion !== undefined || input.VersionName !== undefined) await deleteOneVersion(tx, ctx, head, input);
      else {
        if (await isShared(tx, ctx, head.name)) ctx.fail('InvalidDocumentOperation', MUST_UNSHARE);
        await store.deleteDocument(tx, ctx, head.name);
        await deleteAttachments(tx, ctx, head.name, undefined, ctx.now);
        await domain.tags.removeAll(tx, ctx, DOCUMENT_TAG_TYPE, head.name);
      }
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
    });
    return {};
  },
});

async function deleteOneVersion(tx: Tx, ctx: Context, head: DocumentHead, wanted: VersionReference): Promise<void> {
  const number = await numberOf(tx, ctx, head, wanted);
  const exists = number !== undefined && (await store.findHash(tx, ctx, head.name, number)) !== undefined;
  // The operation declares no InvalidDocumentVersion.
  if (!exists) return ctx.fail('InvalidDocument', MISSING_VERSION);
  if (number === head.defaultVersion)
    return ctx.fail('InvalidDocumentOperation', "Default version of the document can't be deleted.");
  await store.deleteVersion(tx, ctx, head.name, number);
  await deleteAttachments(tx, ctx, head.name, number, ctx.now);
  await deleteReviews(tx, ctx, head.name, number);
  const [newest] = await store.listVersions(tx, ctx, head.name, undefined, 1);
  const next: DocumentHead = {
    ...head,
    latestVersion: newest?.version ?? head.defaultVersion,
    approvedVersion: head.approvedVersion === number ? undefined : head.approvedVersion,
    pendingVersion: head.pendingVersion === number ? undefined : head.pendingVersion,
  };
  if (!(await store.updateHead(tx, ctx, head, next)))
    ctx.fail('InvalidDocumentOperation', `Document ${head.name} was changed at the same time. Try again.`);
}
