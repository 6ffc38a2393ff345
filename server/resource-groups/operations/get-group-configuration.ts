// GetGroupConfiguration: a group with a query has none.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns } from '../group.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'GetGroupConfiguration', {
  action: 'resource-groups:GetGroupConfiguration',
  audit: 'read',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const { name, configuration } = await domain.database.read((tx) => requireGroup(tx, ctx, input));
    if (configuration === undefined)
      return ctx.fail('BadRequestException', `The group ${name} has a query, not a configuration.`);
    return { GroupConfiguration: { Configuration: configuration, Status: 'UPDATE_COMPLETE' } };
  },
});
