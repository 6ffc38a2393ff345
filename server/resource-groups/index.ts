// The public face of the resource-groups domain: the resource-groups API, the tagging API, and groups as targets.
import { type AnyOperation, bindOperations, type BoundOperation } from '../platform/api/operation.ts';
import type { ResourceGroups } from './domain.ts';
import type { GroupDirectory } from './face.ts';
import createGroup from './operations/create-group.ts';
import deleteGroup from './operations/delete-group.ts';
import getGroup from './operations/get-group.ts';
import getGroupConfiguration from './operations/get-group-configuration.ts';
import getGroupQuery from './operations/get-group-query.ts';
import getResources from './operations/get-resources.ts';
import getTagKeys from './operations/get-tag-keys.ts';
import getTagValues from './operations/get-tag-values.ts';
import getTags from './operations/get-tags.ts';
import groupResources from './operations/group-resources.ts';
import listGroupResources from './operations/list-group-resources.ts';
import listGroups from './operations/list-groups.ts';
import putGroupConfiguration from './operations/put-group-configuration.ts';
import searchResources from './operations/search-resources.ts';
import tag from './operations/tag.ts';
import tagResources from './operations/tag-resources.ts';
import ungroupResources from './operations/ungroup-resources.ts';
import untag from './operations/untag.ts';
import untagResources from './operations/untag-resources.ts';
import updateGroup from './operations/update-group.ts';
import updateGroupQuery from './operations/update-group-query.ts';
import { createGroupDirectory } from './resolve.ts';

export type { ResourceExistence } from './domain.ts';
export type { GroupDirectory } from './face.ts';
export { migrations } from './migrations/index.ts';

export const operations: readonly AnyOperation<ResourceGroups>[] = [
  createGroup,
  deleteGroup,
  getGroup,
  getGroupConfiguration,
  getGroupQuery,
  getResources,
  getTagKeys,
  getTagValues,
  getTags,
  groupResources,
  listGroupResources,
  listGroups,
  putGroupConfiguration,
  searchResources,
  tag,
  tagResources,
  ungroupResources,
  untag,
  untagResources,
  updateGroup,
  updateGroupQuery,
];

export interface ResourceGroupsFace {
  readonly groups: GroupDirectory;
  readonly operations: readonly BoundOperation[];
}

export function createResourceGroups(options: ResourceGroups): ResourceGroupsFace {
  return { groups: createGroupDirectory(options), operations: bindOperations(options, operations) };
}
