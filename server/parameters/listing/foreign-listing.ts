// Pages of other accounts' parameters: of those whose policies name the caller's account, the ones that the policy and the caller's own let it see.
import type { RequestContext } from '../../platform/api/operation.ts';
import type { AccountId, Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { matchesFilters } from './filter-match.ts';
import type { ParameterFilters } from './filters.ts';
import { parameterArn } from '../name.ts';
import type { Parameter } from '../parameter.ts';
import { findResourcePolicy, listSharedWith, type SharedPlace } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

const CHUNK = 100;
/** Candidates that one page looks at: each is two look-ups and a decision. What everybody is given may be much. */
const CANDIDATES_MAX = 1_000;

export interface SharedParameter {
  readonly owner: Scope;
  readonly parameter: Parameter;
}

export async function listShared(
  { database }: Pick<Parameters, 'database'>,
  ctx: Pick<RequestContext, 'account' | 'region' | 'allowed'>,
  filters: ParameterFilters,
  { after, limit }: { readonly after: SharedPlace | undefined; readonly limit: number },
): Promise<{ readonly items: readonly SharedParameter[]; readonly next: SharedPlace | undefined }> {
  return database.read(async (tx) => {
    const items: SharedParameter[] = [];
    let position = after;
    for (let looked = 0; looked < CANDIDATES_MAX; looked += CHUNK) {
      const places = await listSharedWith(tx, ctx, position, CHUNK);
      for (const place of places) {
        const parameter = await findVisible(tx, ctx, place);
        if (parameter !== undefined && matchesFilters(parameter, filters)) {
          if (items.length === limit) return { items, next: position };
          items.push({ owner: place.owner, parameter });
        }
        position = place;
      }
      if (places.length < CHUNK) return { items, next: undefined };
    }
    return { items, next: position };
  });
}

async function findVisible(
  tx: ReadTx,
  ctx: Pick<RequestContext, 'allowed'>,
  { owner, key }: SharedPlace,
): Promise<Parameter | undefined> {
  const policy = await findResourcePolicy(tx, owner, key);
  if (policy === undefined) return undefined;
  const options = { tx, resourcePolicy: { text: policy.text, mustAllow: true } };
  const [allowed] = await ctx.allowed('ssm:DescribeParameters', [parameterArn(owner, key)], options);
  return allowed === true ? store.findParameter(tx, owner, key) : undefined;
}

/** A name has no space in it. */
export const sharedPosition = ({ owner, key }: SharedPlace): string => `${owner.account} ${key}`;

export function sharedPlaceAt({ region }: Scope, position: string | undefined): SharedPlace | undefined {
  const [account = '', key = ''] = position?.split(' ') ?? [];
  return position === undefined ? undefined : { owner: { account: account as AccountId, region }, key };
}
