// GetTagKeys: every key in use in the account and region, each once.
import type { ResourcegroupstaggingapiApi } from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { nextToken, positionOf, type ResourceGroups } from '../domain.ts';
import { pageTexts } from '../page-texts.ts';

export default operation<ResourcegroupstaggingapiApi, ResourceGroups>()('resourcegroupstaggingapi', 'GetTagKeys', {
  action: 'tag:GetTagKeys',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const refuse = (message: string) => ctx.fail('InvalidParameterException', message);
    const after = positionOf(domain, 'GetTagKeys', ctx, input.PaginationToken, refuse);
    const { texts, last } = await domain.database.read((tx) =>
      pageTexts(after, (kind, from, limit) => domain.tags.keys(tx, ctx, kind, from, limit)),
    );
    return { PaginationToken: last === undefined ? '' : nextToken(domain, 'GetTagKeys', ctx, last), TagKeys: texts };
  },
});
