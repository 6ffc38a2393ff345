// UntagResources: each resource for itself; keys that it does not have are no error.
import type { ResourcegroupstaggingapiApi } from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { resourceExists, type ResourceGroups, whyNotKeys } from '../domain.ts';
import { arnOf, resourceOfArn } from '../resource.ts';
import { failures, NO_RESOURCE } from '../tagging-failures.ts';
import { whyNotTagging } from '../tagging-rights.ts';

export default operation<ResourcegroupstaggingapiApi, ResourceGroups>()('resourcegroupstaggingapi', 'UntagResources', {
  action: 'tag:UntagResources',
  audit: 'write',
  resources: (input, scope) => input.ResourceARNList.map((arn) => (resourceOfArn(scope, arn) === undefined ? '*' : arn)),
  async handle(domain, ctx, input) {
    const facts = new Map([['aws:tagkeys', input.TagKeys]]);
    return domain.database.write('tagging.untag', async (tx) => {
      const failed = failures();
      const untagged: string[] = [];
      for (const arn of new Set(input.ResourceARNList)) {
        const resource = resourceOfArn(ctx, arn);
        const wrong =
          resource === undefined
            ? NO_RESOURCE
            : ((await whyNotTagging(domain, tx, ctx, resource, 'remove', facts)) ??
              ((await resourceExists(domain, tx, ctx, resource)) ? whyNotKeys(input.TagKeys) : NO_RESOURCE));
        if (resource === undefined || wrong !== undefined) failed.add(arn, wrong ?? '');
        else {
          await domain.tags.remove(tx, ctx, resource.kind, resource.id, [...new Set(input.TagKeys)]);
          untagged.push(arnOf(ctx, resource));
        }
      }
      await ctx.journal(tx, untagged);
      return { FailedResourcesMap: failed.map };
    });
  },
});
