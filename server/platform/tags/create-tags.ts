// Tags of every resource. Invariant: a resource has at most 50, each key once; keys under `aws:` belong to AWS.
import { fail } from '../api/errors.ts';
import type { Scope } from '../ids.ts';
import type { ReadTx } from '../store/database.ts';
import { assertTags, TAGS_MAX } from './limits.ts';
import {
  countMatches,
  countTags,
  deleteTags,
  findMatches,
  taggedIds,
  tagsOf,
  upsertTags,
  walkKeys,
  walkValues,
  type ResourceKind,
} from './store.ts';
import type { Tag, Tags, TagTarget } from './tags.ts';

/** A page of resources with their tags: at most 25,000 rows. */
const RESOURCES_MAX = 500;
/** As the tagging API's TagFilters: one key lookup a candidate each. */
const TARGETS_MAX = 50;
/** As SendCommand's Targets: one index walk each. */
const VALUES_MAX = 50;
/** Counting further tells nothing about which target is the narrowest. */
const COUNTED_MAX = 1_000;

export function createTags(): Tags {
  return {
    async list(tx, scope, resourceType, resourceId) {
      const rows = await tagsOf(tx, kindOf(scope, resourceType), [resourceId]);
      return rows.map(({ key, value }) => ({ Key: key, Value: value }));
    },

    async listMany(tx, scope, resourceType, resourceIds) {
      if (resourceIds.length > RESOURCES_MAX)
        throw new Error(`Tags of ${resourceIds.length} resources: at most ${RESOURCES_MAX} at once`);
      const found = new Map<string, Tag[]>(resourceIds.map((id) => [id, []]));
      if (resourceIds.length === 0) return found;
      for (const { resource_id: id, key, value } of await tagsOf(tx, kindOf(scope, resourceType), resourceIds)) {
        found.get(id)?.push({ Key: key, Value: value });
      }
      return found;
    },

    async add(tx, scope, resourceType, resourceId, tags) {
      assertTags(tags);
      const last = new Map(tags.map((tag) => [tag.Key, tag]));
      if (last.size === 0) return;
      if (last.size > TAGS_MAX) fail('TooManyTagsError', '');
      const kind = kindOf(scope, resourceType);
      await upsertTags(tx, kind, resourceId, [...last.values()]);
      // Throwing undoes the unit.
      if ((await countTags(tx, kind, resourceId)) > TAGS_MAX) fail('TooManyTagsError', '');
    },

    async remove(tx, scope, resourceType, resourceId, keys) {
      if (keys.length > 0) await deleteTags(tx, kindOf(scope, resourceType), resourceId, keys);
    },

    async removeAll(tx, scope, resourceType, resourceId) {
      await deleteTags(tx, kindOf(scope, resourceType), resourceId);
    },

    async find(tx, scope, resourceType, targets, after, limit) {
      if (targets.length > TARGETS_MAX || targets.some(({ values }) => (values?.length ?? 0) > VALUES_MAX)) {
        throw new Error(`At most ${TARGETS_MAX} targets of ${VALUES_MAX} values`);
      }
      const distinct = targets.map(({ key, values }) => ({
        key,
        values: values === undefined ? undefined : [...new Set(values)],
      }));
      if (distinct.some(({ values }) => values?.length === 0)) return [];
      const kind = kindOf(scope, resourceType);
      return await findMatches(tx, kind, await narrowestFirst(tx, kind, distinct), { after, limit });
    },

    tagged: (tx, scope, resourceType, after, limit) => taggedIds(tx, kindOf(scope, resourceType), { after, limit }),
    keys: (tx, scope, resourceType, after, limit) => walkKeys(tx, kindOf(scope, resourceType), { after, limit }),
    values: (tx, scope, resourceType, key, after, limit) => walkValues(tx, kindOf(scope, resourceType), key, { after, limit }),
  };
}

function kindOf({ account, region }: Scope, resourceType: string): ResourceKind {
  return { account, region, resourceType };
}

/** The walk follows the first target, so the narrowest one goes first. */
async function narrowestFirst(
  tx: ReadTx,
  kind: ResourceKind,
  targets: readonly TagTarget[],
): Promise<[TagTarget, ...TagTarget[]]> {
  const counted: { readonly target: TagTarget; readonly count: number }[] = [];
  for (const target of targets) {
    counted.push({ target, count: targets.length === 1 ? 0 : await countMatches(tx, kind, target, COUNTED_MAX) });
  }
  const [first, ...others] = counted.toSorted((a, b) => a.count - b.count).map(({ target }) => target);
  if (first === undefined) throw new Error('Finding by tags needs at least one target');
  return [first, ...others];
}
