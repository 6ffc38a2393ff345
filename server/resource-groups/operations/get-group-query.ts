// GetGroupQuery: a group with a configuration has none, which tools learn from the error.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns } from '../group.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'GetGroupQuery', {
  action: 'resource-groups:GetGroupQuery',
  audit: 'read',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const { name, query } = await domain.database.read((tx) => requireGroup(tx, ctx, input));
    if (query === undefined) return ctx.fail('BadRequestException', `The group ${name} has a configuration, not a query.`);
    return { GroupQuery: { GroupName: name, ResourceQuery: query } };
  },
});
