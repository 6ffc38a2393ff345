// ModifyDocumentPermission: shares a document with accounts or with everybody, or stops it.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import { getHead, missingDocument } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { changeRefusal, EVERYBODY, PUBLIC_DOCUMENTS_MAX, readChange, SHARED_ACCOUNTS_MAX } from '../sharing/sharing.ts';
import * as sharing from '../sharing/sharing-store.ts';

export default operation<SsmApi, Documents>()('ssm', 'ModifyDocumentPermission', {
  action: 'ssm:ModifyDocumentPermission',
  audit: 'write',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const change = readChange(
      ctx.account,
      input.AccountIdsToAdd ?? [],
      input.AccountIdsToRemove ?? [],
      input.SharedDocumentVersion,
    );
    await domain.database.write('documents.share', async (tx) => {
      const refuse = { fail: () => ctx.fail('InvalidDocument', missingDocument(input.Name)) };
      const { head } = await getHead(domain, tx, ctx, input.Name, refuse);
      if (head.owner === OWNER_AMAZON)
        ctx.fail('InvalidDocument', `Document ${head.name} is owned by Amazon and is shared with everybody.`);
      const shared = await sharing.listShares(tx, ctx, head.name, undefined, SHARED_ACCOUNTS_MAX + 1);
      const refusal = changeRefusal(change, new Set(shared.map(({ grantee }) => grantee)));
      if (refusal !== undefined) ctx.fail('DocumentPermissionLimit', refusal);
      if (change.add.has(EVERYBODY)) {
        const others = (await sharing.listPublic(tx, ctx, PUBLIC_DOCUMENTS_MAX + 1)).filter((name) => name !== head.name);
        if (others.length >= PUBLIC_DOCUMENTS_MAX)
          ctx.fail('DocumentLimitExceeded', `You can have at most ${PUBLIC_DOCUMENTS_MAX} publicly shared SSM documents.`);
      }
      await sharing.removeShares(tx, ctx, head.name, [...change.remove]);
      const { sharedVersion } = change;
      await sharing.addShares(
        tx,
        ctx,
        head.name,
        [...change.add].map((grantee) => ({ grantee, sharedVersion })),
      );
      await ctx.journal(tx, [documentArn(ctx, head.name)]);
    });
    return {};
  },
});
