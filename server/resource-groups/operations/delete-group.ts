// DeleteGroup: the group with its tags and the list of its members, never the members.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { isProtectedUnlessEmpty } from '../configuration.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns, groupArn, groupView } from '../group.ts';
import { pageResources, sourceOf } from '../resolve.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'DeleteGroup', {
  action: 'resource-groups:DeleteGroup',
  audit: 'write',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const group = await domain.database.write('resource-groups.delete', async (tx) => {
      const found = await requireGroup(tx, ctx, input);
      if (isProtectedUnlessEmpty(found.configuration ?? [])) {
        const some = await pageResources(domain, tx, ctx, sourceOf(found), undefined, 1);
        if (some.length > 0)
          ctx.fail('BadRequestException', `The group ${found.name} is protected from deletion unless it is empty.`);
      }
      await store.deleteGroup(tx, ctx, found.name);
      await domain.tags.removeAll(tx, ctx, 'Group', found.name);
      await ctx.journal(tx, [groupArn(ctx, found.name)]);
      return found;
    });
    return { Group: groupView(ctx, group) };
  },
});
