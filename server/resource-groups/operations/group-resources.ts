// GroupResources: each resource is taken or refused for itself.
import type { ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { allowedTypes } from '../configuration.ts';
import { requireGroup, resourceExists, type ResourceGroups } from '../domain.ts';
import { groupArn } from '../group.ts';
import { inRange, rangesOfTypes, resourceOfArn } from '../resource.ts';
import * as store from '../store.ts';

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'GroupResources', {
  action: 'resource-groups:GroupResources',
  audit: 'write',
  resources: (input, scope) => [groupArn(scope, input.Group)],
  async handle(domain, ctx, input) {
    return domain.database.write('resource-groups.group', async (tx) => {
      const { name, configuration } = await requireGroup(tx, ctx, input);
      if (configuration === undefined)
        return ctx.fail('BadRequestException', `The members of the group ${name} are what its query finds.`);
      const allowed = rangesOfTypes(allowedTypes(configuration));
      const succeeded: string[] = [];
      const failed: { ResourceArn: string; ErrorCode: string; ErrorMessage: string }[] = [];
      for (const arn of new Set(input.ResourceArns)) {
        const refuse = (ErrorCode: string, ErrorMessage: string) => failed.push({ ResourceArn: arn, ErrorCode, ErrorMessage });
        const resource = resourceOfArn(ctx, arn);
        if (resource === undefined)
          refuse('RESOURCE_TYPE_NOT_SUPPORTED', 'This server has no resources of this type, account or region.');
        else if (!allowed.some((range) => inRange(range, resource)))
          refuse('RESOURCE_TYPE_NOT_ALLOWED', "The group's configuration does not allow resources of this type.");
        else if (!(await resourceExists(domain, tx, ctx, resource))) refuse('RESOURCE_NOT_FOUND', 'The resource does not exist.');
        else {
          await store.insertMember(tx, ctx, name, resource);
          succeeded.push(arn);
        }
      }
      await ctx.journal(tx, [groupArn(ctx, name), ...succeeded]);
      return { Succeeded: succeeded, Failed: failed, Pending: [] };
    });
  },
});
