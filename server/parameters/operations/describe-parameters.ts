// DescribeParameters: what there is, without the values. Two forms of filters, one of them at a time.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { readDescribeFilters, readOldFilters } from '../listing/filters.ts';
import { listDescribed } from '../listing/listing.ts';
import { readPosition } from '../listing/position.ts';
import { listShared, sharedPlaceAt, sharedPosition } from '../listing/foreign-listing.ts';
import { showMetadata } from '../reading/view.ts';

const PAGE = 50;
const KIND = 'DescribeParameters';

export default operation<SsmApi, Parameters>()('ssm', KIND, {
  action: 'ssm:DescribeParameters',
  audit: 'read',
  resources: (_input, { account, region }) => [`arn:aws:ssm:${region}:${account}:*`],
  async handle(domain, ctx, input) {
    const { Filters: old = [], ParameterFilters: filters = [] } = input;
    if (old.length > 0 && filters.length > 0)
      ctx.fail('ValidationException', 'You can use either Filters or ParameterFilters in a single request.');
    const read = old.length > 0 ? readOldFilters(old) : readDescribeFilters(filters);
    // A token is a place in this listing and in no other.
    const kind = `${KIND} ${JSON.stringify([input.Shared === true, old, filters])}`;
    const limit = input.MaxResults ?? PAGE;
    if (input.Shared === true) {
      if (read.tags.length > 0) ctx.fail('ValidationException', "Shared: other accounts' parameters cannot be filtered by tag.");
      const after = sharedPlaceAt(ctx, readPosition(domain, kind, ctx, input.NextToken));
      const { items, next } = await listShared(domain, ctx, read, { after, limit });
      return {
        Parameters: items.map(({ owner, parameter }) => showMetadata(ctx, parameter, owner)),
        NextToken: next === undefined ? undefined : domain.pageTokens.encode(kind, ctx, sharedPosition(next)),
      };
    }
    const { items, next } = await listDescribed(domain, ctx, read, {
      after: readPosition(domain, kind, ctx, input.NextToken),
      limit,
    });
    return {
      Parameters: items.map((parameter) => showMetadata(ctx, parameter)),
      NextToken: next === undefined ? undefined : domain.pageTokens.encode(kind, ctx, next),
    };
  },
});
