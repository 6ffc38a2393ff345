// StopLogging: what was recorded and not delivered yet is not delivered any more.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, requireHomeTrail } from '../domain.ts';
import * as store from '../store.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'StopLogging', {
  action: 'cloudtrail:StopLogging',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    await domain.database.write('audit.stop-logging', async (tx) => {
      const trail = await requireHomeTrail(tx, ctx, input.Name);
      if (trail.logging === 1) await store.changeTrail(tx, trail, { logging: 0, stopped_at: domain.clock.now().getTime() });
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
    });
    return {};
  },
});
