// GetEventSelectors.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, requireTrail } from '../domain.ts';
import { selectorsOf, trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'GetEventSelectors', {
  action: 'cloudtrail:GetEventSelectors',
  audit: 'read',
  resources: (input, scope) => [trailArn(scope, input.TrailName)],
  async handle(domain, ctx, input) {
    const trail = await domain.database.read((tx) => requireTrail(tx, ctx, input.TrailName));
    return { TrailARN: trailArn(trail, trail.name), EventSelectors: [...selectorsOf(trail)] };
  },
});
