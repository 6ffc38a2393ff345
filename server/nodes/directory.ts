// Nodes by target. The fleet is never read whole: ids are looked up, tags and groups are index walks, everything else is a walk along the
// primary key.
import { fail } from '../platform/api/errors.ts';
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { GroupDirectory } from '../resource-groups/index.ts';
import type { Tags, TagTarget } from '../platform/tags/tags.ts';
import type { NodeDirectory, NodeTarget } from './face.ts';
import type { ManagedNode } from './node.ts';
import type { NodeRegistry } from './registry.ts';
import * as store from './store.ts';

/** The resource type of node tags, as the tag operations name it. */
export const NODE_TAG_TYPE = 'ManagedInstance';
/** Ids that one look-up takes: the tags' bound as well. */
const IDS_MAX = 500;
/** `tag-key` with several values is walked once for each combination: five values are AWS's bound. */
const COMBINATIONS_MAX = 50;
/** AWS's bounds of a SendCommand's targets, and what one search by tags takes. */
const TARGETS_MAX = 5;
const TAG_VALUES_MAX = 50;
const TARGET_KEYS = 'Use InstanceIds, tag:<key>, tag-key or resource-groups:Name.';

export interface DirectoryParts {
  readonly tags: Tags;
  readonly groups: GroupDirectory;
}

export function createDirectory(parts: DirectoryParts, registry: NodeRegistry): Omit<NodeDirectory, 'standing'> {
  const { tags, groups } = parts;
  return {
    async findMany(tx, scope, ids) {
      if (ids.length > IDS_MAX) throw new RangeError(`At most ${IDS_MAX} nodes can be looked up at a time.`);
      const found = await store.findNodes(tx, scope, ids);
      return new Map(found.map((node) => [node.nodeId, node]));
    },
    async page(tx, scope, targets, after, limit) {
      const wanted = readTargets(targets);
      if (wanted.group !== undefined) return pageGroup(parts, tx, scope, wanted, wanted.group, after, limit);
      if (wanted.ids === undefined && wanted.tags.length === 0) return store.pageNodes(tx, scope, [], after, limit);
      if (wanted.ids === undefined) return pageTagged(tags, tx, scope, wanted.tags, after, limit);
      const later = wanted.ids.filter((id) => after === undefined || id > after);
      return (await store.findNodes(tx, scope, await keepTagged(tags, tx, scope, later, wanted.tags))).slice(0, limit);
    },
    async findMissingGroup(tx, scope, targets) {
      const name = readGroup(targets)?.name;
      return name === undefined || (await groups.exists(tx, scope, name)) ? undefined : name;
    },
    onDeregistered: (listener) => registry.onDeregistered(listener),
  };
}

interface Wanted {
  /** Undefined: not restricted by id. */
  readonly ids: readonly string[] | undefined;
  /** Every one must hold; within one, any. */
  readonly tags: readonly (readonly TagTarget[])[];
  readonly group: WantedGroup | undefined;
}

interface WantedGroup {
  readonly name: string;
  /** Undefined: any. */
  readonly resourceTypes: readonly string[] | undefined;
}

/** A group and, within it, the types of resources: without the group these say nothing. */
export function readGroup(targets: readonly NodeTarget[]): WantedGroup | undefined {
  const valuesOf = (wanted: string) =>
    targets.filter(({ Key: key = '' }) => key.toLowerCase() === wanted).map(({ Values: values = [] }) => values);
  const names = valuesOf('resource-groups:name').flat();
  const [resourceTypes, ...further] = valuesOf('resource-groups:resourcetypefilters');
  const [name] = names;
  if (names.length > 1) fail('ValidationException', 'Targets: only one resource group can be named.');
  if (further.length > 0 || (resourceTypes !== undefined && name === undefined))
    fail('ValidationException', "Targets: 'resource-groups:ResourceTypeFilters' needs one 'resource-groups:Name' beside it.");
  return name === undefined ? undefined : { name, resourceTypes };
}

function readTargets(targets: readonly NodeTarget[]): Wanted {
  if (targets.length === 0) fail('ValidationException', 'Specify the nodes: at least one target.');
  const group = readGroup(targets);
  let ids: readonly string[] | undefined;
  const tags: (readonly TagTarget[])[] = [];
  for (const { Key: key = '', Values: values = [] } of targets) {
    if (/^instanceids$/i.test(key)) {
      if (values.includes('*')) continue;
      ids = ids === undefined ? [...new Set(values)] : ids.filter((id) => values.includes(id));
    } else if (!/^resource-groups:(name|resourcetypefilters)$/i.test(key))
      tags.push(
        tagAlternatives(key, values) ??
          fail('ValidationException', `Targets: '${key}' is not a valid target key. ${TARGET_KEYS}`),
      );
  }
  if (ids !== undefined && ids.length > IDS_MAX)
    fail('ValidationException', `Targets: at most ${IDS_MAX} nodes can be named by id.`);
  return { ids, tags, group };
}

/** `tag:<key>` with values, or `tag-key`; undefined for any other key. */
export function tagAlternatives(key: string, values: readonly string[]): readonly TagTarget[] | undefined {
  if (/^tag-key$/i.test(key)) return values.map((tagKey) => ({ key: tagKey, values: undefined }));
  return key.startsWith('tag:') && key.length > 'tag:'.length ? [{ key: key.slice('tag:'.length), values }] : undefined;
}

/** A full page, or the last one: callers stop at a short page. A tag without its node would otherwise make one. */
export async function pageTagged(
  tags: Tags,
  tx: ReadTx,
  scope: Scope,
  wanted: readonly (readonly TagTarget[])[],
  after: string | undefined,
  limit: number,
): Promise<ManagedNode[]> {
  const page: ManagedNode[] = [];
  for (let from = after; page.length < limit;) {
    const size = Math.min(limit - page.length, IDS_MAX);
    const ids = await findTagged(tags, tx, scope, wanted, from, size);
    page.push(...(await store.findNodes(tx, scope, ids)));
    if (ids.length < size) break;
    from = ids.at(-1);
  }
  return page;
}

/** The group is walked, or the ids asked of it; tags are compared with what comes. */
async function pageGroup(
  { tags, groups }: DirectoryParts,
  tx: ReadTx,
  scope: Scope,
  wanted: Wanted,
  { name, resourceTypes }: WantedGroup,
  after: string | undefined,
  limit: number,
): Promise<ManagedNode[]> {
  if (wanted.ids !== undefined) {
    const later = wanted.ids.filter((id) => after === undefined || id > after);
    const members = await groups.keep(tx, scope, name, resourceTypes, later);
    return (await store.findNodes(tx, scope, await keepTagged(tags, tx, scope, members, wanted.tags))).slice(0, limit);
  }
  const page: ManagedNode[] = [];
  for (let from = after; page.length < limit;) {
    const ids = await groups.page(tx, scope, name, resourceTypes, from, IDS_MAX);
    page.push(...(await store.findNodes(tx, scope, await keepTagged(tags, tx, scope, ids, wanted.tags))));
    if (ids.length < IDS_MAX) break;
    from = ids.at(-1);
  }
  return page.slice(0, limit);
}

async function findTagged(
  tags: Tags,
  tx: ReadTx,
  scope: Scope,
  wanted: readonly (readonly TagTarget[])[],
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const combinations = combine(wanted);
  if (
    wanted.length > TARGETS_MAX ||
    combinations.some((targets) => targets.some(({ values }) => (values?.length ?? 0) > TAG_VALUES_MAX))
  )
    fail('ValidationException', `Targets: at most ${TARGETS_MAX} tags with ${TAG_VALUES_MAX} values each are allowed.`);
  const found = new Set<string>();
  for (const targets of combinations)
    for (const id of await tags.find(tx, scope, NODE_TAG_TYPE, targets, after, limit)) found.add(id);
  return [...found].toSorted().slice(0, limit);
}

function combine(wanted: readonly (readonly TagTarget[])[]): readonly (readonly TagTarget[])[] {
  const combinations = wanted.reduce<(readonly TagTarget[])[]>(
    (so, alternatives) => {
      if (so.length * alternatives.length > COMBINATIONS_MAX)
        fail(
          'ValidationException',
          `Targets: tag-key has too many values: at most ${COMBINATIONS_MAX} combinations are allowed.`,
        );
      return so.flatMap((targets) => alternatives.map((target) => [...targets, target]));
    },
    [[]],
  );
  return combinations;
}

async function keepTagged(
  tags: Tags,
  tx: ReadTx,
  scope: Scope,
  ids: readonly string[],
  wanted: readonly (readonly TagTarget[])[],
): Promise<readonly string[]> {
  if (wanted.length === 0 || ids.length === 0) return ids;
  const all = await tags.listMany(tx, scope, NODE_TAG_TYPE, ids);
  return ids.filter((id) => {
    const own = new Map((all.get(id) ?? []).map(({ Key, Value }) => [Key, Value]));
    return wanted.every((alternatives) =>
      alternatives.some(({ key, values }) => {
        const value = own.get(key);
        return value !== undefined && (values === undefined || values.includes(value));
      }),
    );
  });
}
