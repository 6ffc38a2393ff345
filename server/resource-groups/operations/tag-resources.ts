// TagResources: each resource is tagged or refused for itself.
import type { ResourcegroupstaggingapiApi } from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { resourceExists, type ResourceGroups, whyNotTags } from '../domain.ts';
import { arnOf, resourceOfArn } from '../resource.ts';
import { failures } from '../tagging-failures.ts';

export default operation<ResourcegroupstaggingapiApi, ResourceGroups>()('resourcegroupstaggingapi', 'TagResources', {
  action: 'tag:TagResources',
  audit: 'write',
  resources: (input, scope) => input.ResourceARNList.map((arn) => (resourceOfArn(scope, arn) === undefined ? '*' : arn)),
  async handle(domain, ctx, input) {
    const tags = Object.entries(input.Tags).map(([Key, Value]) => ({ Key, Value }));
    return domain.database.write('tagging.tag', async (tx) => {
      const failed = failures();
      const tagged: string[] = [];
      for (const arn of new Set(input.ResourceARNList)) {
        const resource = resourceOfArn(ctx, arn);
        const wrong =
          resource === undefined || !(await resourceExists(domain, tx, ctx, resource))
            ? 'The resource does not exist, or this server cannot tag it.'
            : await whyNotTags(domain, tx, ctx, resource, tags);
        if (resource === undefined || wrong !== undefined) failed.add(arn, wrong ?? '');
        else {
          await domain.tags.add(tx, ctx, resource.kind, resource.id, tags);
          tagged.push(arnOf(ctx, resource));
        }
      }
      await ctx.journal(tx, tagged);
      return { FailedResourcesMap: failed.map };
    });
  },
});
