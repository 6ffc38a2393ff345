// PutEventSelectors: which management events a trail delivers. There are no data events here, so none can be selected.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, requireHomeTrail } from '../domain.ts';
import * as store from '../store.ts';
import { trailArn } from '../trail.ts';

/** As in AWS. */
const SELECTORS_MAX = 5;
const SOURCES_MAX = 50;

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'PutEventSelectors', {
  action: 'cloudtrail:PutEventSelectors',
  audit: 'write',
  resources: (input, scope) => [trailArn(scope, input.TrailName)],
  async handle(domain, ctx, input) {
    const refuse = (message: string): never => ctx.fail('InvalidEventSelectorsException', message);
    if (input.AdvancedEventSelectors !== undefined && input.AdvancedEventSelectors.length > 0)
      refuse(
        'AdvancedEventSelectors are not supported by this server. Use EventSelectors with ReadWriteType and ExcludeManagementEventSources.',
      );
    const given = input.EventSelectors ?? [];
    if (given.length === 0 || given.length > SELECTORS_MAX) refuse(`EventSelectors must have from 1 to ${SELECTORS_MAX} items.`);
    if (given.some(({ DataResources: data = [] }) => data.length > 0))
      refuse('DataResources: data events are not recorded by this server. Leave DataResources empty.');
    if (given.some(({ ExcludeManagementEventSources: sources = [] }) => sources.length > SOURCES_MAX))
      refuse(`ExcludeManagementEventSources must have at most ${SOURCES_MAX} items.`);
    const selectors = given.map((selector) => ({
      ReadWriteType: selector.ReadWriteType ?? ('All' as const),
      IncludeManagementEvents: selector.IncludeManagementEvents ?? true,
      DataResources: [],
      ExcludeManagementEventSources: selector.ExcludeManagementEventSources ?? [],
    }));
    return domain.database.write('audit.put-selectors', async (tx) => {
      const trail = await requireHomeTrail(tx, ctx, input.TrailName);
      await store.changeTrail(tx, trail, { selectors: JSON.stringify(selectors) });
      await ctx.journal(tx, [trailArn(trail, trail.name)]);
      return { TrailARN: trailArn(trail, trail.name), EventSelectors: selectors };
    });
  },
});
