// PutGroupConfiguration: the new configuration replaces the old one; in effect at once, so never UPDATING.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { whyNotConfiguration } from '../configuration.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { askedArns, groupArn } from '../group.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'PutGroupConfiguration', {
  action: 'resource-groups:PutGroupConfiguration',
  audit: 'write',
  resources: askedArns,
  async handle(domain, ctx, input) {
    const configuration = input.Configuration ?? [];
    const wrong = whyNotConfiguration(configuration);
    if (wrong !== undefined) return ctx.fail('BadRequestException', wrong);
    await domain.database.write('resource-groups.put-configuration', async (tx) => {
      const group = await requireGroup(tx, ctx, input);
      if (group.query !== undefined)
        ctx.fail('BadRequestException', `The group ${group.name} has a query: it cannot have a configuration too.`);
      await store.updateGroup(tx, ctx, { ...group, configuration });
      await ctx.journal(tx, [groupArn(ctx, group.name)]);
    });
    return {};
  },
});
