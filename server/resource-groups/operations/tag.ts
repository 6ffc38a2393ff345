// Tag: adds tags to a group or overwrites them.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups, whyNotTags } from '../domain.ts';
import { groupArn } from '../group.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'Tag', {
  action: 'resource-groups:Tag',
  audit: 'write',
  resources: (input, scope) => [groupArn(scope, input.Arn)],
  async handle(domain, ctx, input) {
    const tags = Object.entries(input.Tags).map(([Key, Value]) => ({ Key, Value }));
    await domain.database.write('resource-groups.tag', async (tx) => {
      const { name } = await requireGroup(tx, ctx, { Group: input.Arn });
      const wrong = await whyNotTags(domain, tx, ctx, { kind: 'Group', id: name }, tags);
      if (wrong !== undefined) ctx.fail('BadRequestException', wrong);
      await domain.tags.add(tx, ctx, 'Group', name, tags);
      await ctx.journal(tx, [groupArn(ctx, name)]);
    });
    return { Arn: input.Arn, Tags: input.Tags };
  },
});
