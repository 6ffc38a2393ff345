// GetTrailStatus: whether it delivers, when it last did, and why not when it could not.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { isoSeconds } from '../cloud-trail-event.ts';
import { type Audit, requireTrail } from '../domain.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'GetTrailStatus', {
  action: 'cloudtrail:GetTrailStatus',
  audit: 'read',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    const trail = await domain.database.read((tx) => requireTrail(tx, ctx, input.Name));
    const time = (atMs: number | null): Date | undefined => (atMs === null ? undefined : new Date(atMs));
    const text = (atMs: number | null): string => (atMs === null ? '' : isoSeconds(new Date(atMs)));
    return {
      IsLogging: trail.logging === 1,
      LatestDeliveryError: trail.failure ?? undefined,
      LatestDeliveryTime: time(trail.delivered_at),
      LatestDigestDeliveryTime: time(trail.digest_delivered_at),
      LatestDigestDeliveryError: trail.digest_failure ?? undefined,
      LatestCloudWatchLogsDeliveryTime: time(trail.log_delivered_at),
      LatestCloudWatchLogsDeliveryError: trail.log_failure ?? undefined,
      StartLoggingTime: time(trail.started_at),
      StopLoggingTime: time(trail.stopped_at),
      LatestDeliveryAttemptTime: text(trail.attempted_at),
      LatestDeliveryAttemptSucceeded: trail.failure === null ? text(trail.delivered_at) : '',
      TimeLoggingStarted: text(trail.started_at),
      TimeLoggingStopped: text(trail.stopped_at),
    };
  },
});
