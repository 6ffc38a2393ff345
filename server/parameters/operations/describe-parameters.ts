// DescribeParameters: what there is, without the values. Two forms of filters, one of them at a time.
import type { DescribeParametersRequest, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { readDescribeFilters, readOldFilters } from '../filters.ts';
import { listDescribed } from '../listing.ts';
import { parameterArn } from '../name.ts';
import { readPosition } from '../position.ts';
import { findResourcePolicy, listSharedWith } from '../sharing-store.ts';
import * as store from '../store.ts';
import { showMetadata } from '../view.ts';

const PAGE = 50;
/** Of other accounts' parameters; beyond, they are found by their ARNs only. */
const SHARED_MAX = 1_000;
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
    if (input.Shared === true) {
      if (old.length + filters.length > 0)
        ctx.fail('ValidationException', 'Shared: parameters of other accounts cannot be filtered here. Leave the filters out.');
      return listShared(domain, ctx, input);
    }
    // A token is a place in this listing and in no other.
    const kind = `${KIND} ${JSON.stringify([old, filters])}`;
    const { items, next } = await listDescribed(domain, ctx, read, {
      after: readPosition(domain, kind, ctx, input.NextToken),
      limit: input.MaxResults ?? PAGE,
    });
    return {
      Parameters: items.map((parameter) => showMetadata(ctx, parameter)),
      NextToken: next === undefined ? undefined : domain.pageTokens.encode(kind, ctx, next),
    };
  },
});

async function listShared(domain: Parameters, ctx: RequestContext, { NextToken, MaxResults = PAGE }: DescribeParametersRequest) {
  const skip = Number(readPosition(domain, `${KIND}/shared`, ctx, NextToken) ?? 0);
  return domain.database.read(async (tx) => {
    const shown = [];
    let at = skip;
    for (const { owner, key } of (await listSharedWith(tx, ctx, SHARED_MAX)).slice(skip)) {
      if (shown.length === MaxResults)
        return { Parameters: shown, NextToken: domain.pageTokens.encode(`${KIND}/shared`, ctx, String(at)) };
      at += 1;
      const policy = await findResourcePolicy(tx, owner, key);
      const parameter = await store.findParameter(tx, owner, key);
      if (policy === undefined || parameter === undefined) continue;
      const options = { tx, resourcePolicy: { text: policy.text, mustAllow: true } };
      const [allowed] = await ctx.allowed('ssm:DescribeParameters', [parameterArn(owner, key)], options);
      if (allowed === true) shown.push(showMetadata(ctx, parameter, owner));
    }
    return { Parameters: shown, NextToken: undefined };
  });
}
