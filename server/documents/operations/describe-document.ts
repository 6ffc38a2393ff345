// DescribeDocument: everything about one version but its content.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { parse } from '../content.ts';
import { documentArn, OWNER_AMAZON } from '../document.ts';
import { DOCUMENT_TAG_TYPE, getVersion } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { describe } from '../view.ts';

export default operation<SsmApi, Documents>()('ssm', 'DescribeDocument', {
  action: 'ssm:DescribeDocument',
  audit: 'read',
  resources: (input, scope) => [documentArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const { head, version, tags } = await domain.database.read(async (tx) => {
      const found = await getVersion(domain, tx, ctx, input, ctx);
      const builtIn = found.head.owner === OWNER_AMAZON;
      return { ...found, tags: builtIn ? [] : await domain.tags.list(tx, ctx, DOCUMENT_TAG_TYPE, found.head.name) };
    });
    return { Document: describe(head, version, parse(version.content, version.format), 'Active', tags) };
  },
});
