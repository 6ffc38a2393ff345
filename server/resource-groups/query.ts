// A ResourceQuery: JSON in a string. Pure. What is wrong with it is told in words, and a CloudFormation query says what it would need.
import type { ResourceQuery } from '../platform/api/models/resource-groups.types.gen.ts';
import type { TagTarget } from '../platform/tags/tags.ts';
import { rangesOfTypes, type Range } from './resource.ts';

/** As the tagging API bounds its filters. */
const FILTERS_MAX = 50;
const VALUES_MAX = 20;
const TYPES_MAX = 100;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;
const TYPE = /^AWS::(AllSupported|[a-zA-Z0-9]+::[a-zA-Z0-9]+)$/;

export interface Selection {
  readonly ranges: readonly Range[];
  /** All must match; empty: whatever has a tag. */
  readonly filters: readonly TagTarget[];
}

export type ReadQuery =
  | { readonly ok: true; readonly types: readonly string[]; readonly selection: Selection }
  | { readonly ok: false; readonly reason: string };

/** A reason completes AWS's "Query not valid: ". */
export function readQuery({ Type: type, Query: text }: ResourceQuery): ReadQuery {
  if (type !== 'TAG_FILTERS_1_0')
    return wrong('This server has no CloudFormation stacks. Use a query of the type TAG_FILTERS_1_0.');
  const query = parse(text);
  if (!isObject(query)) return wrong('The query must be a JSON object.');
  const strange = Object.keys(query).find((key) => key !== 'ResourceTypeFilters' && key !== 'TagFilters');
  if (strange !== undefined) return wrong('The query may have ResourceTypeFilters and TagFilters only.');
  const types = query['ResourceTypeFilters'] ?? ['AWS::AllSupported'];
  if (!isTexts(types, TYPES_MAX) || types.length === 0 || !types.every((one) => TYPE.test(one)))
    return wrong('ResourceTypeFilters must be a list of resource types such as AWS::SSM::ManagedInstance or AWS::AllSupported.');
  const given = query['TagFilters'] ?? [];
  if (!Array.isArray(given) || given.length > FILTERS_MAX)
    return wrong(`TagFilters must be a list of at most ${FILTERS_MAX} filters.`);
  const filters: TagTarget[] = [];
  for (const one of given) {
    const filter = readFilter(one);
    if (filter === undefined)
      return wrong(
        `Each of TagFilters must have a Key of 1 to ${KEY_CHARACTERS_MAX} characters and at most ${VALUES_MAX} Values.`,
      );
    filters.push(filter);
  }
  return { ok: true, types, selection: { ranges: rangesOfTypes(types), filters } };
}

/** No values: any value. */
export function tagTarget(key: string, values: readonly string[]): TagTarget {
  return { key, values: values.length === 0 ? undefined : values };
}

function readFilter(filter: unknown): TagTarget | undefined {
  if (!isObject(filter)) return undefined;
  const { Key: key, Values: values = [] } = filter;
  if (!isText(key) || key === '' || key.length > KEY_CHARACTERS_MAX) return undefined;
  if (!isTexts(values, VALUES_MAX) || values.some((value) => value.length > VALUE_CHARACTERS_MAX)) return undefined;
  return tagTarget(key, values);
}

function wrong(reason: string): ReadQuery {
  return { ok: false, reason };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Escapes in JSON reach past the front door's check of the body: a database takes neither NUL nor half a character. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
}

function isTexts(value: unknown, max: number): value is readonly string[] {
  return Array.isArray(value) && value.length <= max && value.every(isText);
}
