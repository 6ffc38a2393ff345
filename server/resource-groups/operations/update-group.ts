// UpdateGroup: what describes a group. A member that is not given stays as it is.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns, groupArn, groupView } from '../group.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'UpdateGroup', {
  action: 'resource-groups:UpdateGroup',
  audit: 'write',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const group = await domain.database.write('resource-groups.update', async (tx) => {
      const before = await requireGroup(tx, ctx, input);
      const after = {
        ...before,
        description: input.Description ?? before.description,
        criticality: input.Criticality ?? before.criticality,
        owner: input.Owner ?? before.owner,
        displayName: input.DisplayName ?? before.displayName,
      };
      await store.updateGroup(tx, ctx, after);
      await ctx.journal(tx, [groupArn(ctx, after.name)]);
      return after;
    });
    return { Group: groupView(ctx, group) };
  },
});
