// ListTags: of up to twenty trails, in one page.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import { requireTagged } from '../trail-tags.ts';
import { trailArn } from '../trail.ts';

/** As in AWS. */
const RESOURCES_MAX = 20;

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'ListTags', {
  action: 'cloudtrail:ListTags',
  audit: 'read',
  resources: (input, scope) =>
    input.ResourceIdList.length === 0 ? ['*'] : input.ResourceIdList.map((arn) => trailArn(scope, arn)),
  async handle(domain, ctx, input) {
    if (input.ResourceIdList.length > RESOURCES_MAX)
      ctx.fail('ValidationException', `ResourceIdList can have at most ${RESOURCES_MAX} items.`);
    if (input.NextToken !== undefined) ctx.fail('InvalidTokenException', 'The specified token is not valid: there is one page.');
    const lists = await domain.database.read(async (tx) => {
      const found = [];
      for (const ResourceId of input.ResourceIdList) {
        const trail = await requireTagged(tx, ctx, ResourceId);
        found.push({ ResourceId, TagsList: await domain.tags.list(tx, trail, 'Trail', trail.name) });
      }
      return found;
    });
    return { ResourceTagList: lists };
  },
});
