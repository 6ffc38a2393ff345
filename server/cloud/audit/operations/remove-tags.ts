// RemoveTags: from a trail, by key; with a value only where the tag has it.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import { requireTagged } from '../trail-tags.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'RemoveTags', {
  action: 'cloudtrail:RemoveTags',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.ResourceId)],
  async handle(domain, ctx, input) {
    await domain.database.write('audit.remove-tags', async (tx) => {
      const trail = await requireTagged(tx, ctx, input.ResourceId);
      const present = new Map((await domain.tags.list(tx, trail, 'Trail', trail.name)).map(({ Key, Value }) => [Key, Value]));
      const keys = input.TagsList.filter(({ Key, Value }) => Value === undefined || Value === '' || present.get(Key) === Value);
      await domain.tags.remove(
        tx,
        trail,
        'Trail',
        trail.name,
        keys.map(({ Key }) => Key),
      );
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
    });
    return {};
  },
});
