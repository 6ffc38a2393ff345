// From a query or a group to its resources, a page at a time: index walks over tags or members, in the order of kinds and ids.
import type { Scope } from '../platform/ids.ts';
import type { JsonValue, ReadTx } from '../platform/store/index.ts';
import type { Tag } from '../platform/tags/tags.ts';
import { type ResourceGroups, resourceExists } from './domain.ts';
import type { GroupDirectory } from './face.ts';
import type { ResourceGroup } from './group.ts';
import { readQuery, type Selection } from './query.ts';
import { inRange, intersect, type Range, type Resource, RESOURCE_KINDS, rangesOfTypes } from './resource.ts';
import * as store from './store.ts';

/** Nodes that one look-up takes: the tags' bound as well. */
const IDS_MAX = 500;

/** A group's resources, or a query's: `members` names the group whose members they are. */
export interface Source extends Selection {
  readonly members: string | undefined;
  /** Members that are gone stay in: who asks looks them up anyway. */
  readonly unchecked?: true;
}

const NOTHING: Source = { members: undefined, ranges: [], filters: [] };

export function sourceOf(group: ResourceGroup): Source {
  if (group.query === undefined) return { members: group.name, ranges: rangesOfTypes(undefined), filters: [] };
  const read = readQuery(group.query);
  // It was checked when it was stored; rules that have become stricter since leave the group empty.
  return read.ok ? { members: undefined, ...read.selection } : NOTHING;
}

export function narrowed(source: Source, ranges: readonly Range[]): Source {
  return { ...source, ranges: intersect(source.ranges, ranges) };
}

/** Full pages but for the last. */
export async function pageResources(
  domain: ResourceGroups,
  tx: ReadTx,
  scope: Scope,
  source: Source,
  after: Resource | undefined,
  limit: number,
): Promise<Resource[]> {
  const page: Resource[] = [];
  for (const range of rangesAfter(source.ranges, after)) {
    let from = range;
    while (page.length < limit) {
      const ids = await idsIn(domain, tx, scope, source, from, limit - page.length);
      const last = ids.at(-1);
      for (const id of ids) {
        const resource = { kind: range.kind, id };
        // Tags go with their resource; a member may be gone.
        if (source.members === undefined || source.unchecked === true || (await resourceExists(domain, tx, scope, resource)))
          page.push(resource);
      }
      if (last === undefined) break;
      from = { ...range, above: last };
    }
  }
  return page;
}

/** What is left of the ranges after a resource, in the order of the listing. */
function rangesAfter(ranges: readonly Range[], after: Resource | undefined): Range[] {
  const ordered = ranges.toSorted(
    (a, b) => RESOURCE_KINDS.indexOf(a.kind) - RESOURCE_KINDS.indexOf(b.kind) || ((a.above ?? '') < (b.above ?? '') ? -1 : 1),
  );
  if (after === undefined) return ordered;
  return ordered.flatMap((range) => {
    const order = RESOURCE_KINDS.indexOf(range.kind) - RESOURCE_KINDS.indexOf(after.kind);
    if (order !== 0) return order < 0 ? [] : [range];
    if (range.below !== undefined && range.below <= after.id) return [];
    return [range.above !== undefined && range.above > after.id ? range : { ...range, above: after.id }];
  });
}

async function idsIn(
  domain: ResourceGroups,
  tx: ReadTx,
  scope: Scope,
  { members, filters }: Source,
  range: Range,
  limit: number,
): Promise<string[]> {
  if (members !== undefined) return store.pageMembers(tx, scope, members, range, limit);
  const { kind, above, below } = range;
  const ids =
    filters.length === 0
      ? await domain.tags.tagged(tx, scope, kind, above, limit)
      : await domain.tags.find(tx, scope, kind, filters, above, limit);
  return below === undefined ? ids : ids.filter((id) => id < below);
}

/** Of the given resources of one kind, those in the source, in the order given. */
async function keepResources(
  domain: ResourceGroups,
  tx: ReadTx,
  scope: Scope,
  source: Source,
  kind: Resource['kind'],
  ids: readonly string[],
): Promise<string[]> {
  const fitting = ids.filter((id) => source.ranges.some((range) => inRange(range, { kind, id })));
  if (source.members !== undefined) {
    const members = await store.membersAmong(tx, scope, source.members, kind, fitting);
    return fitting.filter((id) => members.has(id));
  }
  const tags = await domain.tags.listMany(tx, scope, kind, fitting);
  return fitting.filter((id) => matches(source, tags.get(id) ?? []));
}

export function matches({ filters }: Pick<Selection, 'filters'>, tags: readonly Tag[]): boolean {
  if (tags.length === 0) return false;
  return filters.every(({ key, values }) => tags.some(({ Key, Value }) => Key === key && (values?.includes(Value) ?? true)));
}

export function createGroupDirectory(domain: ResourceGroups): GroupDirectory {
  const nodesOf = async (tx: ReadTx, scope: Scope, name: string, types: readonly string[] | undefined): Promise<Source> => {
    const group = await store.findGroup(tx, scope, name);
    if (group === undefined) return NOTHING;
    const nodes = rangesOfTypes(types).filter(({ kind }) => kind === 'ManagedInstance');
    return { ...narrowed(sourceOf(group), nodes), unchecked: true };
  };
  return {
    exists: async (tx, scope, name) => (await store.findGroup(tx, scope, name)) !== undefined,
    async page(tx, scope, name, types, after, limit) {
      if (limit > IDS_MAX) throw new RangeError(`At most ${IDS_MAX} nodes of a group are read at a time.`);
      const source = await nodesOf(tx, scope, name, types);
      const from = after === undefined ? undefined : ({ kind: 'ManagedInstance', id: after } as const);
      return (await pageResources(domain, tx, scope, source, from, limit)).map(({ id }) => id);
    },
    async keep(tx, scope, name, types, ids) {
      if (ids.length > IDS_MAX) throw new RangeError(`At most ${IDS_MAX} nodes are compared with a group at a time.`);
      return keepResources(domain, tx, scope, await nodesOf(tx, scope, name, types), 'ManagedInstance', ids);
    },
  };
}

/** A place in a listing, as a page token holds it. */
export function resourcePosition({ kind, id }: Resource): JsonValue {
  return [kind, id];
}

export function resourceAt(position: JsonValue | undefined): Resource | undefined {
  if (!Array.isArray(position)) return undefined;
  const [kind, id] = position as readonly unknown[];
  const known = RESOURCE_KINDS.find((one) => one === kind);
  return known === undefined || typeof id !== 'string' ? undefined : { kind: known, id };
}
