// GetResources: resources that have a tag, by filters or by ARN. An empty PaginationToken says that nothing follows.
import type {
  GetResourcesInput,
  ResourcegroupstaggingapiApi,
} from '../../platform/api/models/resourcegroupstaggingapi.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { nextToken, positionOf, type ResourceGroups } from '../domain.ts';
import { tagTarget } from '../query.ts';
import { matches, pageResources, resourceAt, resourcePosition } from '../resolve.ts';
import { arnOf, type Resource, rangesOfTaggingTypes, RESOURCE_KINDS, resourceOfArn } from '../resource.ts';
import type { Tag } from '../../platform/tags/tags.ts';

/** As on AWS: more is asked for in pages. */
const PER_PAGE_MAX = 100;
const PER_PAGE = 50;
const TAGS_PER_PAGE_MIN = 100;
const TAGS_PER_PAGE_MAX = 500;

type Context = RequestContext<'InvalidParameterException'>;

export default operation<ResourcegroupstaggingapiApi, ResourceGroups>()('resourcegroupstaggingapi', 'GetResources', {
  action: 'tag:GetResources',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    requireValid(ctx, input);
    const refuse = (message: string) => ctx.fail('InvalidParameterException', message);
    const after = resourceAt(positionOf(domain, 'GetResources', ctx, input.PaginationToken, refuse));
    return domain.database.read(async (tx) => {
      if (input.ResourceARNList !== undefined) {
        const named = input.ResourceARNList.flatMap((arn) => resourceOfArn(ctx, arn) ?? []);
        return { PaginationToken: '', ResourceTagMappingList: await mappings(domain, tx, ctx, named) };
      }
      const limit = pageSize(input);
      const source = {
        members: undefined,
        ranges: rangesOfTaggingTypes(input.ResourceTypeFilters ?? []),
        filters: filtersOf(input),
      };
      const found = await pageResources(domain, tx, ctx, source, after, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        PaginationToken:
          found.length > limit && last !== undefined ? nextToken(domain, 'GetResources', ctx, resourcePosition(last)) : '',
        ResourceTagMappingList: await mappings(domain, tx, ctx, page),
      };
    });
  },
});

function requireValid(ctx: Context, input: GetResourcesInput): void {
  const refuse = (message: string) => ctx.fail('InvalidParameterException', message);
  const { ResourcesPerPage: perPage, TagsPerPage: tagsPerPage, ResourceARNList: arns } = input;
  if (perPage !== undefined && (perPage < 1 || perPage > PER_PAGE_MAX))
    refuse(`ResourcesPerPage must be from 1 to ${PER_PAGE_MAX}.`);
  if (
    tagsPerPage !== undefined &&
    (tagsPerPage < TAGS_PER_PAGE_MIN || tagsPerPage > TAGS_PER_PAGE_MAX || tagsPerPage % 100 !== 0)
  )
    refuse(`TagsPerPage must be from ${TAGS_PER_PAGE_MIN} to ${TAGS_PER_PAGE_MAX}, in steps of 100.`);
  const others = [input.TagFilters, input.ResourceTypeFilters, perPage, tagsPerPage, input.PaginationToken || undefined];
  if (arns !== undefined && others.some((other) => other !== undefined))
    refuse('ResourceARNList cannot be given together with filters or paging.');
  if ((input.TagFilters ?? []).some(({ Key }) => Key === undefined)) refuse('Each of TagFilters needs a Key.');
  if (input.IncludeComplianceDetails === true || input.ExcludeCompliantResources === true)
    refuse('This server has no tag policies: leave IncludeComplianceDetails and ExcludeCompliantResources out.');
}

/** A page of so many tags holds at least the resources that could fill it: each has at most fifty. */
function pageSize(input: GetResourcesInput): number {
  if (input.TagsPerPage === undefined) return input.ResourcesPerPage ?? PER_PAGE;
  return Math.min(input.ResourcesPerPage ?? PER_PAGE, input.TagsPerPage / 50);
}

function filtersOf(input: GetResourcesInput) {
  return (input.TagFilters ?? []).map(({ Key = '', Values }) => tagTarget(Key, Values ?? []));
}

/** Resources without a tag are none of this service's. */
async function mappings(
  domain: ResourceGroups,
  tx: ReadTx,
  ctx: Context,
  resources: readonly Resource[],
): Promise<{ ResourceARN: string; Tags: Tag[] }[]> {
  const tags = new Map<string, Tag[]>();
  for (const kind of RESOURCE_KINDS) {
    const ids = resources.filter((one) => one.kind === kind).map(({ id }) => id);
    if (ids.length === 0) continue;
    for (const [id, own] of await domain.tags.listMany(tx, ctx, kind, ids)) tags.set(`${kind}/${id}`, own);
  }
  return resources.flatMap((one) => {
    const own = tags.get(`${one.kind}/${one.id}`) ?? [];
    return matches({ filters: [] }, own) ? [{ ResourceARN: arnOf(ctx, one), Tags: own }] : [];
  });
}
