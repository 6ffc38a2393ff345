// GetTrail.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, describedTrail, requireTrail } from '../domain.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'GetTrail', {
  action: 'cloudtrail:GetTrail',
  audit: 'read',
  resources: (input, scope) => [trailArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    return { Trail: describedTrail(await domain.database.read((tx) => requireTrail(tx, ctx, input.Name))) };
  },
});
