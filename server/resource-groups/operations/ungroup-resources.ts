// UngroupResources: each resource for itself; one that is gone can still be taken out.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireGroup, type ResourceGroups } from '../domain.ts';
import { groupArn } from '../group.ts';
import { resourceOfArn } from '../resource.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'UngroupResources', {
  action: 'resource-groups:UngroupResources',
  audit: 'write',
  resources: (input, scope) => [groupArn(scope, input.Group)],
  async handle(domain, ctx, input) {
    return domain.database.write('resource-groups.ungroup', async (tx) => {
      const { name, configuration } = await requireGroup(tx, ctx, input);
      if (configuration === undefined)
        return ctx.fail('BadRequestException', `The members of the group ${name} are what its query finds.`);
      const succeeded: string[] = [];
      const failed: { ResourceArn: string; ErrorCode: string; ErrorMessage: string }[] = [];
      for (const arn of new Set(input.ResourceArns)) {
        const resource = resourceOfArn(ctx, arn);
        if (resource !== undefined && (await store.deleteMember(tx, ctx, name, resource))) succeeded.push(arn);
        else
          failed.push({
            ResourceArn: arn,
            ErrorCode: 'RESOURCE_NOT_FOUND',
            ErrorMessage: 'The resource is not a member of the group.',
          });
      }
      await ctx.journal(tx, [groupArn(ctx, name), ...succeeded]);
      return { Succeeded: succeeded, Failed: failed, Pending: [] };
    });
  },
});
