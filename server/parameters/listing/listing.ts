// Pages of parameters. Every page but the last is full; a page that had to look at too many that do not match ends early and goes on behind them.
import type { RequestContext } from '../../platform/api/operation.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import type { Found } from '../reading/find.ts';
import type { ParameterFilters } from './filters.ts';
import { matchesTexts } from './filter-match.ts';
import * as lists from './list-store.ts';
import { nameOf, parentOf } from '../name.ts';
import { TAG_TYPE } from '../parameter.ts';
import type { Parameter, ParameterVersion } from '../parameter.ts';
import { isPublicPath } from '../reading/public-parameters.ts';
import * as store from '../store.ts';

/** Candidates that one read of tags or labels brings, once the first, which brings a page, was not enough. */
const CHUNK = 250;
/** Candidates that one page looks at: some milliseconds. */
const CANDIDATES_MAX = 1_000;

export interface Listing<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined when there is none. */
  readonly next: string | undefined;
}

/** For DescribeParameters. */
export async function listDescribed(
  domain: Parameters,
  ctx: RequestContext,
  filters: ParameterFilters,
  page: lists.Page,
): Promise<Listing<Parameter>> {
  if (filters.tags.length > 0) return domain.database.read((tx) => listTagged(domain, tx, ctx, filters, page));
  return domain.database.read((tx) => lists.listParameters(tx, ctx, filters, page));
}

async function listTagged(
  domain: Parameters,
  tx: ReadTx,
  ctx: RequestContext,
  filters: ParameterFilters,
  { after, limit }: lists.Page,
): Promise<Listing<Parameter>> {
  const items: Parameter[] = [];
  let position = after;
  for (let looked = 0, chunk = limit + 1; looked < CANDIDATES_MAX; looked += chunk, chunk = CHUNK) {
    const keys = await domain.tags.find(tx, ctx, TAG_TYPE, filters.tags, position, chunk);
    for (const parameter of await lists.pickParameters(tx, ctx, filters, keys)) {
      if (items.length === limit) return { items, next: items.at(-1)?.key };
      items.push(parameter);
    }
    if (keys.length < chunk) return { items, next: undefined };
    position = keys.at(-1);
  }
  return { items, next: position };
}

export interface PathPage extends lists.Page {
  readonly path: string;
  readonly recursive: boolean;
}

/** For GetParametersByPath: newest versions, or those that carry a label. */
export async function listByPath(
  domain: Parameters,
  ctx: RequestContext,
  filters: ParameterFilters,
  page: PathPage,
): Promise<Listing<Found>> {
  const { path, recursive, after, limit } = page;
  if (filters.labels !== undefined) return domain.database.read((tx) => listLabelled(tx, ctx, filters, page));
  const { items, next } = isPublicPath(path)
    ? listPublic(domain, filters, page)
    : await domain.database.read((tx) =>
        lists.listParameters(tx, ctx, { ...filters, path: { recursive, paths: [path] } }, { after, limit }),
      );
  return { items: items.map((parameter) => foundOf(ctx, parameter, parameter, undefined)), next };
}

function listPublic(
  { publicParameters }: Parameters,
  filters: ParameterFilters,
  { path, recursive, after, limit }: PathPage,
): Listing<Parameter> {
  const found = publicParameters
    .below(path, recursive, after, limit + 1)
    .filter((parameter) => matchesTexts(parameter, filters.texts));
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? items.at(-1)?.key : undefined };
}

/** Positions are `key label`: neither has a space in it. */
async function listLabelled(
  tx: ReadTx,
  ctx: RequestContext,
  filters: ParameterFilters,
  { path, recursive, after, limit }: PathPage,
): Promise<Listing<Found>> {
  const items: Found[] = [];
  let position = after;
  for (let looked = 0, chunk = limit + 1; looked < CANDIDATES_MAX; looked += chunk, chunk = CHUNK) {
    const [key = '', label = ''] = position?.split(' ') ?? [];
    const from = position === undefined ? undefined : { key, label };
    const rows = await lists.listLabelled(tx, ctx, filters.labels ?? [], path, from, chunk);
    for (const row of rows) {
      if (items.length === limit) return { items, next: position };
      position = `${row.key} ${row.label}`;
      if (!recursive && parentOf(row.key) !== path) continue;
      const parameter = await store.findParameter(tx, ctx, row.key);
      const version =
        parameter === undefined || parameter.version === row.version
          ? parameter
          : await store.findNumbered(tx, ctx, row.key, row.version);
      if (parameter !== undefined && version !== undefined && matchesTexts(version, filters.texts))
        items.push(foundOf(ctx, parameter, version, row.label));
    }
    if (rows.length < chunk) return { items, next: undefined };
  }
  return { items, next: position };
}

function foundOf(ctx: RequestContext, parameter: Parameter, version: ParameterVersion, selector: string | undefined): Found {
  const owner = { account: ctx.account, region: ctx.region };
  const asked = nameOf(parameter.key, parameter.rooted);
  return { reference: { owner, key: parameter.key, asked, selector }, parameter, version };
}
