// What the account domain works with, and the one check that all tag operations share.
import type { ResourceTypeForTagging } from '../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import type { Database, ReadTx } from '../platform/store/index.ts';
import type { Tags } from '../platform/tags/tags.ts';
import { taggableId, taggableType } from './taggable.ts';
import type { TaggableResources, TaggableType } from './taggable.ts';

export interface Account {
  readonly database: Database;
  readonly tags: Tags;
  readonly resources: TaggableResources;
}

type Context = RequestContext<'InvalidResourceType' | 'InvalidResourceId'>;

/** What tags are kept under. */
export interface TaggedResource {
  readonly type: TaggableType;
  readonly id: string;
}

/** Both refusals have no message, as on AWS. */
export async function requireResource(
  domain: Account,
  tx: ReadTx,
  ctx: Context,
  resourceType: ResourceTypeForTagging,
  resourceId: string,
): Promise<TaggedResource> {
  const type = taggableType(resourceType);
  if (type === undefined) return ctx.fail('InvalidResourceType', '');
  const id = taggableId(type, resourceId);
  if (!(await domain.resources[type](tx, ctx, id))) ctx.fail('InvalidResourceId', '');
  return { type, id };
}
