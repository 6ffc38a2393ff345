// Which parameters a listing is about. Values of one filter are alternatives, filters are joined by AND. Pure; throws AWS's sentences.
import type { ParametersFilter, ParameterStringFilter } from '../../platform/api/models/ssm.types.gen.ts';
import { fail } from '../../platform/api/errors.ts';
import type { TagTarget } from '../../platform/tags/index.ts';
import { PATH_RULES, readPath } from '../name.ts';

/** A column's texts: equal to one, or beginning with one. */
export interface TextFilter {
  readonly column: 'type' | 'key_id' | 'tier' | 'data_type';
  readonly begins: boolean;
  readonly values: readonly string[];
}
export interface NameFilter {
  readonly option: 'Equals' | 'BeginsWith' | 'Contains';
  /** Without the leading slash, but for Contains. */
  readonly values: readonly string[];
}
export interface PathFilter {
  readonly recursive: boolean;
  readonly paths: readonly string[];
}

export interface ParameterFilters {
  readonly texts: readonly TextFilter[];
  readonly name?: NameFilter;
  readonly path?: PathFilter;
  readonly labels?: readonly string[];
  readonly tags: readonly TagTarget[];
}

/** Each is a walk or a look-up; AWS's calls come nowhere near. */
const FILTERS_MAX = 20;

const COLUMNS: Readonly<Record<string, TextFilter['column']>> = {
  Type: 'type',
  KeyId: 'key_id',
  Tier: 'tier',
  DataType: 'data_type',
};
const TIERS = ['Standard', 'Advanced', 'Intelligent-Tiering'];
const TYPES = ['String', 'StringList', 'SecureString'];
const COMMON_PATHS = /^\/(?:aws|ssm)/i;

/** Of DescribeParameters, in its newer form. */
export function readDescribeFilters(filters: readonly ParameterStringFilter[]): ParameterFilters {
  refuseDuplicates(filters);
  let read: ParameterFilters = { texts: [], tags: [] };
  for (const filter of filters) read = addDescribeFilter(read, filter);
  return read;
}

/** Of DescribeParameters, in its older form: names begin with the value. */
export function readOldFilters(filters: readonly ParametersFilter[]): ParameterFilters {
  refuseDuplicates(filters);
  const texts = filters.flatMap(({ Key, Values }): TextFilter[] => {
    const column = COLUMNS[Key];
    return column === undefined ? [] : [{ column, begins: false, values: Values }];
  });
  const name = filters.find(({ Key }) => Key === 'Name')?.Values;
  return { texts, tags: [], ...(name === undefined ? {} : { name: { option: 'BeginsWith', values: name.map(withoutSlash) } }) };
}

/** Of GetParametersByPath. A filter by tag is ignored, as on AWS. */
export function readPathFilters(filters: readonly ParameterStringFilter[]): ParameterFilters {
  refuseDuplicates(filters);
  const texts: TextFilter[] = [];
  let labels: readonly string[] | undefined;
  for (const filter of filters) {
    const { Key: key } = filter;
    if (key.startsWith('tag:')) continue;
    if (key !== 'Type' && key !== 'KeyId' && key !== 'Label')
      fail('InvalidFilterKey', `The following filter key is not valid: ${key}. Valid filter keys include: [Type, KeyId].`);
    if (key === 'Label') labels = labelValues(filter);
    else texts.push(textFilter(key, filter));
  }
  return { texts, tags: [], ...(labels === undefined ? {} : { labels }) };
}

function labelValues(filter: ParameterStringFilter): readonly string[] {
  if ((filter.Option ?? 'Equals') !== 'Equals') refuseOption(filter.Option, 'Equals');
  return valuesOf(filter);
}

function addDescribeFilter(read: ParameterFilters, filter: ParameterStringFilter): ParameterFilters {
  const { Key: key } = filter;
  if (key.startsWith('tag:')) {
    const { Values: values } = filter;
    return { ...read, tags: [...read.tags, { key: key.slice('tag:'.length), values }] };
  }
  switch (key) {
    case 'Path':
      return { ...read, path: pathFilter(filter) };
    case 'Name':
      return { ...read, name: nameFilter(filter) };
    case 'Type':
    case 'KeyId':
    case 'Tier':
    case 'DataType':
      return { ...read, texts: [...read.texts, textFilter(key, filter)] };
    default:
      return fail(
        'InvalidFilterKey',
        `The following filter key is not valid: ${key}. Valid filter keys include: [Path, Name, Type, KeyId, Tier].`,
      );
  }
}

function nameFilter(filter: ParameterStringFilter): NameFilter {
  const { Option: option = 'Equals' } = filter;
  if (option !== 'Equals' && option !== 'BeginsWith' && option !== 'Contains') return refuseOption(option, 'BeginsWith, Equals');
  const values = valuesOf(filter);
  return { option, values: option === 'Contains' ? values : values.map(withoutSlash) };
}

function pathFilter(filter: ParameterStringFilter): PathFilter {
  const { Option: option = 'OneLevel' } = filter;
  if (option !== 'Recursive' && option !== 'OneLevel') refuseOption(option, 'Recursive, OneLevel');
  const values = valuesOf(filter);
  if (values.some((value) => COMMON_PATHS.test(value)))
    fail('ValidationException', 'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (values.some((value) => !value.startsWith('/'))) fail('ValidationException', PATH_RULES);
  return { recursive: option === 'Recursive', paths: values.map(readPath) };
}

function textFilter(key: string, filter: ParameterStringFilter): TextFilter {
  const { Option: option = 'Equals' } = filter;
  if (option !== 'Equals' && option !== 'BeginsWith') refuseOption(option, 'BeginsWith, Equals');
  const values = valuesOf(filter);
  const known = key === 'Tier' ? TIERS : key === 'Type' ? TYPES : undefined;
  const unknown = known === undefined ? undefined : values.find((value) => !known.includes(value));
  if (known !== undefined && unknown !== undefined)
    fail(
      'InvalidFilterOption',
      `The following filter value is not valid: ${unknown}. Valid values include: [${known.join(', ')}].`,
    );
  const column = COLUMNS[key];
  if (column === undefined) throw new Error(`no column for the filter ${key}`);
  return { column, begins: option === 'BeginsWith', values };
}

function valuesOf({ Key: key, Values: values }: ParameterStringFilter): readonly string[] {
  return values === undefined || values.length === 0
    ? fail('InvalidFilterValue', `The following filter values are missing : null for filter key ${key}`)
    : values;
}

function refuseOption(option: string | undefined, valid: string): never {
  return fail('InvalidFilterOption', `The following filter option is not valid: ${option}. Valid options include: [${valid}].`);
}

function refuseDuplicates(filters: readonly { readonly Key: string }[]): void {
  if (filters.length > FILTERS_MAX)
    fail('ValidationException', `At most ${FILTERS_MAX} filters are allowed, not ${filters.length}.`);
  const seen = new Set<string>();
  for (const { Key: key } of filters) {
    if (seen.has(key))
      fail(
        'InvalidFilterKey',
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    seen.add(key);
  }
}

const withoutSlash = (name: string): string => (name.startsWith('/') ? name.slice(1) : name);
