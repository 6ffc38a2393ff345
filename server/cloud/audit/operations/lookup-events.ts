// LookupEvents: what was recorded in this region, newest first. A page may be short and still have a NextToken.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { type Audit, positionOf } from '../domain.ts';
import { eventView, lookUpEvents } from '../lookup.ts';

const PAGE_MAX = 50;
/** Later than any record. */
const ALWAYS_MS = 8.64e15;

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'LookupEvents', {
  action: 'cloudtrail:LookupEvents',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const { StartTime: start, EndTime: end, LookupAttributes: attributes = [] } = input;
    if (attributes.length > 1)
      ctx.fail(
        'InvalidLookupAttributesException',
        'You can look up by one attribute at a time: LookupAttributes has more than one.',
      );
    if (start !== undefined && end !== undefined && start > end)
      ctx.fail('InvalidTimeRangeException', 'The start time is after the end time.');
    // Insights are never computed here, so there are none.
    if (input.EventCategory === 'insight') return { Events: [] };
    const position = positionOf(domain, 'LookupEvents', ctx, input.NextToken, (message) =>
      ctx.fail('InvalidNextTokenException', message),
    ) as { at: number; sequence: number } | undefined;
    const { records, next } = await lookUpEvents(domain, ctx, attributes[0], {
      from: start ?? new Date(0),
      // Event times are whole seconds to callers: the whole last second is part of the range.
      to: new Date(end === undefined ? ALWAYS_MS : Math.floor(end.getTime() / 1000) * 1000 + 1000),
      after: position === undefined ? undefined : { at: new Date(position.at), sequence: position.sequence },
      limit: input.MaxResults ?? PAGE_MAX,
    });
    const token = next === undefined ? undefined : { at: next.at.getTime(), sequence: next.sequence };
    return {
      Events: records.map(eventView),
      NextToken: token === undefined ? undefined : domain.pageTokens.encode('LookupEvents', ctx, token),
    };
  },
});
