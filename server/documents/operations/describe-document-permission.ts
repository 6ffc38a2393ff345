// DescribeDocumentPermission: whom a document is shared with. Only its owner is told.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn } from '../document.ts';
import { getHead, missingDocument } from '../domain.ts';
import type { Documents } from '../domain.ts';
import * as sharing from '../sharing/sharing-store.ts';

/** What the answer's model takes in one list. */
const PAGE = 20;

export default operation<SsmApi, Documents>()('ssm', 'DescribeDocumentPermission', {
  action: 'ssm:DescribeDocumentPermission',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const limit = Math.min(input.MaxResults ?? PAGE, PAGE);
    const kind = `DescribeDocumentPermission ${input.Name}`;
    const position = input.NextToken === undefined ? undefined : domain.pageTokens.decode(kind, ctx, input.NextToken);
    const after = typeof position === 'string' ? position : undefined;
    return domain.database.read(async (tx) => {
      const refuse = { fail: () => ctx.fail('InvalidDocument', missingDocument(input.Name)) };
      const { head } = await getHead(domain, tx, ctx, input.Name, refuse);
      const found = await sharing.listShares(tx, ctx, head.name, after, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        AccountIds: page.map(({ grantee }) => grantee),
        AccountSharingInfoList: page.map(({ grantee, sharedVersion }) => ({
          AccountId: grantee,
          SharedDocumentVersion: sharedVersion,
        })),
        NextToken: found.length > limit && last !== undefined ? domain.pageTokens.encode(kind, ctx, last.grantee) : undefined,
      };
    });
  },
});
