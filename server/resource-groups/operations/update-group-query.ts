// UpdateGroupQuery: the new query replaces the old one.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns, groupArn } from '../group.ts';
import { readQuery } from '../query.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'UpdateGroupQuery', {
  action: 'resource-groups:UpdateGroupQuery',
  audit: 'write',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const read = readQuery(input.ResourceQuery);
    if (!read.ok) return ctx.fail('BadRequestException', `Query not valid: ${read.reason}`);
    const name = await domain.database.write('resource-groups.update-query', async (tx) => {
      const group = await requireGroup(tx, ctx, input);
      if (group.query === undefined)
        ctx.fail('BadRequestException', `The group ${group.name} has a configuration: it cannot have a query too.`);
      await store.updateGroup(tx, ctx, { ...group, query: input.ResourceQuery });
      await ctx.journal(tx, [groupArn(ctx, group.name)]);
      return group.name;
    });
    return { GroupQuery: { GroupName: name, ResourceQuery: input.ResourceQuery } };
  },
});
