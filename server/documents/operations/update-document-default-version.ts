// UpdateDocumentDefaultVersion: what `$DEFAULT`, and no version at all, mean from now on.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { versionConditions } from '../conditions.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import { getHead, MISSING_VERSION } from '../domain.ts';
import type { Documents } from '../domain.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Documents>()('ssm', 'UpdateDocumentDefaultVersion', {
  action: 'ssm:UpdateDocumentDefaultVersion',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  conditions: versionConditions,
  async handle(domain, ctx, input) {
    const number = Number(input.DocumentVersion);
    return domain.database.write('documents.set-default', async (tx) => {
      const { head } = await getHead(domain, tx, ctx, input.Name, ctx);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocument', `Document ${head.name} is owned by Amazon and can't be changed.`);
      const version = Number.isSafeInteger(number) ? await store.findVersion(tx, ctx, head.name, number) : undefined;
      if (version === undefined) return ctx.fail('InvalidDocumentVersion', MISSING_VERSION);
      if (!(await store.updateHead(tx, ctx, head, { ...head, defaultVersion: number })))
        ctx.fail('InvalidDocumentVersion', `Document ${head.name} was changed at the same time. Try again.`);
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
      return { Description: { Name: head.name, DefaultVersion: String(number), DefaultVersionName: version.versionName } };
    });
  },
});
