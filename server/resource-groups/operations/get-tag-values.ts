// GetTagValues: every value in use for a key, each once.
import type { ResourcegroupstaggingapiApi } from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { nextToken, positionOf, type ResourceGroups } from '../domain.ts';
import { pageTexts } from '../page-texts.ts';

export default operation<ResourcegroupstaggingapiApi, ResourceGroups>()('resourcegroupstaggingapi', 'GetTagValues', {
  action: 'tag:GetTagValues',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const refuse = (message: string) => ctx.fail('InvalidParameterException', message);
    const after = positionOf(domain, 'GetTagValues', ctx, input.PaginationToken, refuse);
    const { texts, last } = await domain.database.read((tx) =>
      pageTexts(after, (kind, from, limit) => domain.tags.values(tx, ctx, kind, input.Key, from, limit)),
    );
    return { PaginationToken: last === undefined ? '' : nextToken(domain, 'GetTagValues', ctx, last), TagValues: texts };
  },
});
