// ListGroupResources: a page of index walks. The token says where it ended.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { nextToken, positionOf, requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns } from '../group.ts';
import { resourceAt, resourcePosition, pageResources, narrowed, sourceOf } from '../resolve.ts';
import { arnOf, rangesOfTypes, typeOf } from '../resource.ts';

const PAGE = 50;

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'ListGroupResources', {
  action: 'resource-groups:ListGroupResources',
  audit: 'read',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const refuse = (message: string) => ctx.fail('BadRequestException', message);
    const after = resourceAt(positionOf(domain, 'ListGroupResources', ctx, input.NextToken, refuse));
    const limit = input.MaxResults ?? PAGE;
    return domain.database.read(async (tx) => {
      let source = sourceOf(await requireGroup(tx, ctx, input));
      for (const { Values } of input.Filters ?? []) source = narrowed(source, rangesOfTypes(Values));
      const found = await pageResources(domain, tx, ctx, source, after, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const identifiers = page.map((one) => ({ ResourceArn: arnOf(ctx, one), ResourceType: typeOf(one) }));
      return {
        Resources: identifiers.map((Identifier) => ({ Identifier })),
        ResourceIdentifiers: identifiers,
        NextToken:
          found.length > limit && last !== undefined
            ? nextToken(domain, 'ListGroupResources', ctx, resourcePosition(last))
            : undefined,
        QueryErrors: [],
      };
    });
  },
});
