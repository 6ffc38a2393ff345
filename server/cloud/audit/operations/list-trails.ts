// ListTrails: of all regions of the account, in one page: there are five in a region at most.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import * as store from '../store.ts';
import { trailArn } from '../trail.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'ListTrails', {
  action: 'cloudtrail:ListTrails',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx) {
    const trails = await domain.database.read((tx) => store.listTrails(tx, ctx.account));
    return {
      Trails: trails.map((trail) => ({ TrailARN: trailArn(trail, trail.name), Name: trail.name, HomeRegion: trail.region })),
    };
  },
});
