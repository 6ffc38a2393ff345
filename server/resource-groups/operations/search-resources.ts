// SearchResources: what a query would find, without a group.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { nextToken, positionOf, type ResourceGroups } from '../domain.ts';
import { readQuery } from '../query.ts';
import { resourceAt, resourcePosition, pageResources } from '../resolve.ts';
import { arnOf, typeOf } from '../resource.ts';

const PAGE = 50;

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'SearchResources', {
  action: 'resource-groups:SearchResources',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const refuse = (message: string) => ctx.fail('BadRequestException', message);
    const read = readQuery(input.ResourceQuery);
    if (!read.ok) return refuse(`Query not valid: ${read.reason}`);
    const after = resourceAt(positionOf(domain, 'SearchResources', ctx, input.NextToken, refuse));
    const limit = input.MaxResults ?? PAGE;
    const source = { members: undefined, ...read.selection };
    const found = await domain.database.read((tx) => pageResources(domain, tx, ctx, source, after, limit + 1));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      ResourceIdentifiers: page.map((one) => ({ ResourceArn: arnOf(ctx, one), ResourceType: typeOf(one) })),
      NextToken:
        found.length > limit && last !== undefined
          ? nextToken(domain, 'SearchResources', ctx, resourcePosition(last))
          : undefined,
      QueryErrors: [],
    };
  },
});
