// GetTags of a group.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { groupArn } from '../group.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'GetTags', {
  action: 'resource-groups:GetTags',
  audit: 'read',
  resources: (input, scope) => [groupArn(scope, input.Arn)],
  async handle(domain, ctx, input) {
    return domain.database.read(async (tx) => {
      const { name } = await requireGroup(tx, ctx, { Group: input.Arn });
      const tags = await domain.tags.list(tx, ctx, 'Group', name);
      return { Arn: input.Arn, Tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) };
    });
  },
});
