// The public face of the account domain: tag operations, for now.
import { bindOperations } from '../platform/api/operation.ts';
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import type { Account } from './domain.ts';
import addTagsToResource from './operations/add-tags-to-resource.ts';
import listTagsForResource from './operations/list-tags-for-resource.ts';
import removeTagsFromResource from './operations/remove-tags-from-resource.ts';

export type { ResourceExists, TaggableResources, TaggableType } from './taggable.ts';

export const operations: readonly AnyOperation<Account>[] = [addTagsToResource, listTagsForResource, removeTagsFromResource];

export function createAccount(options: Account): { readonly operations: readonly BoundOperation[] } {
  return { operations: bindOperations(options, operations) };
}
