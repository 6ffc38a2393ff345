// How a page of parameters is read: as walks, each along one index in the order of keys and no further than the page, and a rest of conditions that no
// index serves, which are looked at on the way. Of the rest a page looks at so many candidates, then it ends early. Pure.
import type { NameFilter, ParameterFilters, PathFilter, TextFilter } from './filters.ts';

/** Keys from `from` up to `to`. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

/** Text columns that have an index of their own; of tier and data type only what is not the usual. */
export interface Facet {
  readonly column: TextFilter['column'];
  readonly value: string;
}

export interface Walk extends Range {
  /** Children of one path alone. */
  readonly parent?: string;
  readonly facet?: Facet;
}

export interface Rest {
  readonly texts: readonly TextFilter[];
  /** One of these somewhere in the name. */
  readonly contains: readonly string[];
  /** In one of these. */
  readonly ranges: readonly Range[];
}

export interface PagePlan {
  readonly walks: readonly Walk[];
  readonly rest: Rest;
}

/** Walks of one page: each costs a look-up, more of them are looked at as a rest. */
const WALKS_MAX = 50;
const USUAL: Readonly<Partial<Record<TextFilter['column'], string>>> = { tier: 'Standard', data_type: 'text' };
/** What is rarest first. */
const FACETS: readonly TextFilter['column'][] = ['tier', 'data_type', 'key_id', 'type'];

/** Filters by tag and label are no part of it. Without walks there can be nothing. */
export function planPage(filters: ParameterFilters): PagePlan {
  const { name, path, texts } = filters;
  const contains = name?.option === 'Contains' ? name.values : [];
  const names =
    name === undefined || name.option === 'Contains' ? [{}] : disjoint(name.values.map((value) => rangeOf(name, value)));
  const walks: readonly Walk[] = path === undefined ? names : walksBelow(path, names);
  const isCrossed = path !== undefined && !path.recursive && names.length > 1;
  const rest: Rest = { texts, contains, ranges: isCrossed ? names : [] };
  const facet = walks.some(({ parent }) => parent !== undefined)
    ? undefined
    : facetOf(texts, Math.floor(WALKS_MAX / walks.length));
  if (facet === undefined) return { walks, rest };
  const { column, values } = facet;
  return {
    walks: walks.flatMap((walk) => [...new Set(values)].map((value) => ({ ...walk, facet: { column, value } }))),
    rest: { ...rest, texts: texts.filter((one) => one !== facet) },
  };
}

export function isWalkOnly({ rest }: PagePlan): boolean {
  return rest.texts.length + rest.contains.length + rest.ranges.length === 0;
}

function facetOf(texts: readonly TextFilter[], valuesMax: number): TextFilter | undefined {
  const served = texts.filter(
    ({ column, begins, values }) => !begins && values.length <= valuesMax && !values.includes(USUAL[column] ?? ''),
  );
  return served.toSorted((a, b) => FACETS.indexOf(a.column) - FACETS.indexOf(b.column))[0];
}

/** No character of a name stands before `-` or behind the tilde: the first key after `x` is longer than it. */
function rangeOf({ option }: NameFilter, value: string): Range {
  return option === 'Equals' ? { from: value, to: `${value}!` } : { from: value, to: `${value}~` };
}

/** The first text after all that begin with `path/`: `0` follows `/`. */
export function rangeBelow(path: string): Range {
  return path === '' ? {} : { from: `${path}/`, to: `${path}0` };
}

function walksBelow({ recursive, paths }: PathFilter, names: readonly Range[]): Walk[] {
  const below = recursive ? disjoint(paths.map(rangeBelow)) : [];
  if (recursive) return below.flatMap((range) => names.flatMap((name) => overlap(range, name)));
  const [first, last] = [names[0], names.at(-1)];
  return [...new Set(paths)].flatMap((parent) =>
    overlap(
      {},
      { ...(first?.from === undefined ? {} : { from: first.from }), ...(last?.to === undefined ? {} : { to: last.to }) },
    ).map((range) => ({ ...range, parent })),
  );
}

/** In order, without what lies in another. */
function disjoint(ranges: readonly Range[]): Range[] {
  const kept: Range[] = [];
  for (const range of ranges.toSorted((a, b) => compare(a.from ?? '', b.from ?? ''))) {
    const before = kept.at(-1);
    if (before === undefined || (before.to !== undefined && before.to <= (range.from ?? ''))) kept.push(range);
    else if (before.to !== undefined && (range.to === undefined || range.to > before.to))
      kept[kept.length - 1] = {
        ...(before.from === undefined ? {} : { from: before.from }),
        ...(range.to === undefined ? {} : { to: range.to }),
      };
  }
  return kept;
}

function overlap(a: Range, b: Range): Range[] {
  const from = (a.from ?? '') > (b.from ?? '') ? a.from : b.from;
  const to = a.to === undefined || (b.to !== undefined && b.to < a.to) ? b.to : a.to;
  if (from !== undefined && to !== undefined && from >= to) return [];
  return [{ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
