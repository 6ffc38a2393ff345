// DeleteDocument: one version, or the document with all of them and its tags. The default version goes with the document only.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import type { DocumentHead } from '../document.ts';
import { DOCUMENT_TAG_TYPE, getHead, missingDocument, MISSING_VERSION, numberOf } from '../domain.ts';
import type { Documents, VersionReference } from '../domain.ts';
import * as store from '../store.ts';

type Context = RequestContext<'InvalidDocumentOperation' | 'InvalidDocument'>;

export default operation<SsmApi, Documents>()('ssm', 'DeleteDocument', {
  action: 'ssm:DeleteDocument',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    await domain.database.write('documents.delete', async (tx) => {
      const refuse = { fail: () => ctx.fail('InvalidDocument', missingDocument(input.Name)) };
      const { head } = await getHead(domain, tx, ctx, input.Name, refuse);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocumentOperation', `Document ${head.name} is owned by Amazon and can't be deleted.`);
      if (input.DocumentVersion !== undefined || input.VersionName !== undefined) await deleteOneVersion(tx, ctx, head, input);
      else {
        await store.deleteDocument(tx, ctx, head.name);
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
  if (number !== head.latestVersion) return;
  const [newest] = await store.listVersions(tx, ctx, head.name, undefined, 1);
  const latestVersion = newest?.version ?? head.defaultVersion;
  if (!(await store.updateHead(tx, ctx, head, { ...head, latestVersion })))
    ctx.fail('InvalidDocumentOperation', `Document ${head.name} was changed at the same time. Try again.`);
}
