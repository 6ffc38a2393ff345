// TagResources: each resource is tagged or refused for itself.
import type { ResourcegroupstaggingapiApi } from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { resourceExists, type ResourceGroups, whyNotTags } from '../domain.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Tag } from '../../platform/tags/tags.ts';
import { arnOf, type Resource, resourceOfArn } from '../resource.ts';
import { failures, NO_RESOURCE } from '../tagging-failures.ts';
import { tagFacts, whyNotTagging } from '../tagging-rights.ts';

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
        const wrong = resource === undefined ? NO_RESOURCE : await whyNot(domain, tx, ctx, resource, input.Tags, tags);
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

async function whyNot(
  domain: ResourceGroups,
  tx: Tx,
  ctx: Parameters<typeof whyNotTagging>[2],
  resource: Resource,
  given: Readonly<Record<string, string>>,
  tags: readonly Tag[],
): Promise<string | undefined> {
  const denied = await whyNotTagging(domain, tx, ctx, resource, 'add', tagFacts(given));
  if (denied !== undefined) return denied;
  return (await resourceExists(domain, tx, ctx, resource)) ? whyNotTags(domain, tx, ctx, resource, tags) : NO_RESOURCE;
}
