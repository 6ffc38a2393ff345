// UpdateTrail: what is not named stays as it is.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { resumeChains } from '../digests/digest-store.ts';
import { type Audit, requireHomeTrail, trailView } from '../domain.ts';
import { chooseLogGroup } from '../log-groups/choose-log-group.ts';
import { startLogGroup } from '../start-positions.ts';
import * as store from '../store.ts';
import type { TrailRow } from '../tables.ts';
import { trailArn } from '../trail.ts';
import { requireSupported } from '../unsupported.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'UpdateTrail', {
  action: 'cloudtrail:UpdateTrail',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    await requireSupported(domain, ctx, input);
    // Asks identity, so outside of the unit; the trail is read again in it.
    const before = await domain.database.read((tx) => requireHomeTrail(tx, ctx, input.Name));
    const chosen = await chooseLogGroup(domain, ctx, input, before.region, before);
    const at = domain.clock.now().getTime();
    return domain.database.write('audit.update-trail', async (tx) => {
      const trail = await requireHomeTrail(tx, ctx, input.Name);
      const multiRegion = input.IsMultiRegionTrail ?? trail.multi_region === 1;
      const globalEvents = input.IncludeGlobalServiceEvents ?? trail.global_events === 1;
      if (multiRegion && !globalEvents)
        ctx.fail('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.');
      const set: Partial<TrailRow> = {
        bucket: input.S3BucketName ?? trail.bucket,
        prefix: input.S3KeyPrefix === undefined ? trail.prefix : input.S3KeyPrefix || null,
        multi_region: multiRegion ? 1 : 0,
        global_events: globalEvents ? 1 : 0,
        ...(input.CloudWatchLogsLogGroupArn === undefined && input.CloudWatchLogsRoleArn === undefined ? {} : chosen),
        digests: (input.EnableLogFileValidation ?? trail.digests === 1) ? 1 : 0,
      };
      if (set.log_group !== undefined && set.log_group !== trail.log_group) {
        await startLogGroup(tx, trail);
        Object.assign(set, { log_delivered_at: null, log_failure: null });
      }
      const begins = trail.digests === 0 || (multiRegion && trail.multi_region === 0);
      if (set.digests === 1 && begins) await resumeChains(tx, trail, at);
      await store.changeTrail(tx, trail, set);
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
      return trailView({ ...trail, ...set });
    });
  },
});
