// Tags of every resource, in one table, so that targets by tag are one index walk whatever the resource is.
import type { Scope } from '../ids.ts';
import type { ReadTx, Tx } from '../store/database.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface TagTarget {
  /** undefined: any value (`tag-key`). */
  readonly values: readonly string[] | undefined;
  readonly key: string;
}

export interface Tags {
  list(tx: ReadTx, scope: Scope, resourceType: string, resourceId: string): Promise<Tag[]>;
  /** Tags of many resources at once: at most 500 ids. */
  listMany(tx: ReadTx, scope: Scope, resourceType: string, resourceIds: readonly string[]): Promise<Map<string, Tag[]>>;
  /** Adds or overwrites. Throws TooManyTagsError above 50. */
  add(tx: Tx, scope: Scope, resourceType: string, resourceId: string, tags: readonly Tag[]): Promise<void>;
  remove(tx: Tx, scope: Scope, resourceType: string, resourceId: string, keys: readonly string[]): Promise<void>;
  removeAll(tx: Tx, scope: Scope, resourceType: string, resourceId: string): Promise<void>;
  /** Resource ids that match all targets (values within one are alternatives), in id order, after `after`, at most `limit`. */
  find(
    tx: ReadTx,
    scope: Scope,
    resourceType: string,
    targets: readonly TagTarget[],
    after: string | undefined,
    limit: number,
  ): Promise<string[]>;
  /** Ids of resources that have a tag, in id order. */
  tagged(tx: ReadTx, scope: Scope, resourceType: string, after: string | undefined, limit: number): Promise<string[]>;
  /** The keys in use on a type of resource, each once, in order. */
  keys(tx: ReadTx, scope: Scope, resourceType: string, after: string | undefined, limit: number): Promise<string[]>;
  /** The values in use for a key on a type of resource, each once, in order. */
  values(
    tx: ReadTx,
    scope: Scope,
    resourceType: string,
    key: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]>;
}
