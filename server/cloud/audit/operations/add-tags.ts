// AddTags: to a trail; a key that is there gets the new value.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import { requireTagged, trailTags } from '../trail-tags.ts';
import { trailArn } from '../trail.ts';

/** As for every resource. */
const TAGS_MAX = 50;

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'AddTags', {
  action: 'cloudtrail:AddTags',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.ResourceId)],
  async handle(domain, ctx, input) {
    const tags = trailTags(input.TagsList, (message) => ctx.fail('InvalidTagParameterException', message));
    await domain.database.write('audit.add-tags', async (tx) => {
      const trail = await requireTagged(tx, ctx, input.ResourceId);
      const keys = new Set((await domain.tags.list(tx, trail, 'Trail', trail.name)).map(({ Key }) => Key));
      for (const { Key } of tags) keys.add(Key);
      if (keys.size > TAGS_MAX) ctx.fail('TagsLimitExceededException', `A trail can have at most ${TAGS_MAX} tags.`);
      await domain.tags.add(tx, trail, 'Trail', trail.name, tags);
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
    });
    return {};
  },
});
