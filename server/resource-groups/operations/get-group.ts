// GetGroup.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns, groupView } from '../group.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'GetGroup', {
  action: 'resource-groups:GetGroup',
  audit: 'read',
  resources: askedArns,
  async handle(domain, ctx, input) {
    return { Group: groupView(ctx, await domain.database.read((tx) => requireGroup(tx, ctx, input))) };
  },
});
