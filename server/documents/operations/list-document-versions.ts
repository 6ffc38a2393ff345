// ListDocumentVersions: newest first.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { documentArn, nameSeenFrom } from '../document.ts';
import { getHead, missingDocument, seenNumber } from '../domain.ts';
import type { Documents } from '../domain.ts';
import * as store from '../store.ts';

const PAGE = 50;

export default operation<SsmApi, Documents>()('ssm', 'ListDocumentVersions', {
  action: 'ssm:ListDocumentVersions',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const limit = input.MaxResults ?? PAGE;
    const position =
      input.NextToken === undefined ? undefined : domain.pageTokens.decode('ListDocumentVersions', ctx, input.NextToken);
    const before = typeof position === 'number' ? position : undefined;
    return domain.database.read(async (tx) => {
      // Only InvalidDocument can come of a name without a version.
      const refuse = { fail: () => ctx.fail('InvalidDocument', missingDocument(input.Name)) };
      const { head, builtIn, owner, share } = await getHead(domain, tx, ctx, input.Name, refuse);
      const all = builtIn === undefined ? await store.listVersions(tx, owner, head.name, before, limit + 1) : [builtIn.version];
      // Whoever sees one version of another account's document is told of that one.
      const only = share === undefined || share.sharedVersion === '$ALL' ? undefined : seenNumber(head, share, undefined);
      const found = only === undefined ? all : all.filter(({ version }) => version === only);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        DocumentVersions: page.map((version) => ({
          Name: nameSeenFrom(ctx, owner, head.name),
          DisplayName: head.displayName,
          DocumentVersion: String(version.version),
          VersionName: version.versionName,
          CreatedDate: version.createdAt,
          IsDefaultVersion: version.version === head.defaultVersion,
          DocumentFormat: version.format,
          Status: 'Active' as const,
          StatusInformation: version.statusInformation === '' ? undefined : version.statusInformation,
          ReviewStatus: version.reviewStatus,
        })),
        NextToken:
          found.length > limit && last !== undefined
            ? domain.pageTokens.encode('ListDocumentVersions', ctx, last.version)
            : undefined,
      };
    });
  },
});
