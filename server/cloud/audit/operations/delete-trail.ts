// DeleteTrail: what was delivered stays in the bucket.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { deleteDigests } from '../digests/digest-store.ts';
import { type Audit, requireHomeTrail } from '../domain.ts';
import * as store from '../store.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'DeleteTrail', {
  action: 'cloudtrail:DeleteTrail',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    await domain.database.write('audit.delete-trail', async (tx) => {
      const trail = await requireHomeTrail(tx, ctx, input.Name);
      await store.deleteTrail(tx, trail);
      await deleteDigests(tx, trail);
      await domain.tags.removeAll(tx, ctx, 'Trail', trail.name);
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
    });
    return {};
  },
});
