// StartLogging: from this call's own record on. Starting what is started changes nothing.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { resumeChains } from '../digests/digest-store.ts';
import { type Audit, requireHomeTrail } from '../domain.ts';
import { startBucket, startLogGroup } from '../start-positions.ts';
import * as store from '../store.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'StartLogging', {
  action: 'cloudtrail:StartLogging',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    await domain.database.write('audit.start-logging', async (tx) => {
      const trail = await requireHomeTrail(tx, ctx, input.Name);
      if (trail.logging === 0) {
        const at = domain.clock.now().getTime();
        await startBucket(tx, trail);
        await startLogGroup(tx, trail);
        await resumeChains(tx, trail, at);
        await store.changeTrail(tx, trail, { logging: 1, started_at: at });
      }
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
    });
    return {};
  },
});
