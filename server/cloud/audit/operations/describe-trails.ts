// DescribeTrails: those of this region and, as shadows, those of all regions that are at home elsewhere. Names that are not there are left out.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, describedTrail, findAsked } from '../domain.ts';
import * as store from '../store.ts';
import type { TrailRow } from '../tables.ts';

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'DescribeTrails', {
  action: 'cloudtrail:DescribeTrails',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const { trailNameList: names = [], includeShadowTrails: shadows = true } = input;
    const refusing = {
      ...ctx,
      // What is not there is left out; only what cannot be a name is refused.
      fail: (code: string, message: string): never =>
        code === 'TrailNotFoundException'
          ? ctx.fail('InvalidTrailNameException', message)
          : ctx.fail(code as 'InvalidTrailNameException', message),
    };
    const found = await domain.database.read(async (tx) => {
      if (names.length === 0) return store.listTrails(tx, ctx.account);
      const asked: TrailRow[] = [];
      for (const name of names) {
        const trail = await findAsked(tx, refusing, name);
        if (trail !== undefined && !asked.includes(trail)) asked.push(trail);
      }
      return asked;
    });
    const here = found.filter(({ region, multi_region: everywhere }) => region === ctx.region || (shadows && everywhere === 1));
    return { trailList: here.map(describedTrail) };
  },
});
