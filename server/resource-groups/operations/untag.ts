// Untag: keys that a group does not have are no error.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { groupArn } from '../group.ts';

/** More keys than a resource can have tags are bound into one statement only by mistake or malice. */
const KEYS_MAX = 1_000;

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'Untag', {
  action: 'resource-groups:Untag',
  audit: 'write',
  resources: (input, scope) => [groupArn(scope, input.Arn)],
  async handle(domain, ctx, input) {
    if (input.Keys.length > KEYS_MAX) ctx.fail('BadRequestException', `At most ${KEYS_MAX} tag keys can be removed at once.`);
    await domain.database.write('resource-groups.untag', async (tx) => {
      const { name } = await requireGroup(tx, ctx, { Group: input.Arn });
      await domain.tags.remove(tx, ctx, 'Group', name, [...new Set(input.Keys)]);
      await ctx.journal(tx, [groupArn(ctx, name)]);
    });
    return { Arn: input.Arn, Keys: input.Keys };
  },
});
