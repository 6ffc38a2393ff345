// The filters of DescribeInstanceInformation: by columns, or by tags, never both. Pure. A filter that nothing can match makes the answer empty.
import type { InstanceInformationFilter, InstanceInformationStringFilter } from '../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import type { TagTarget } from '../platform/tags/tags.ts';
import { tagAlternatives } from './directory.ts';
import type { ColumnFilter } from './store.ts';

export type InformationFilters =
  | { readonly by: 'columns'; readonly columns: readonly ColumnFilter[] }
  | { readonly by: 'tags'; readonly tags: readonly (readonly TagTarget[])[] }
  | { readonly by: 'nothing' };

type Context = Pick<RequestContext<'InvalidFilterKey' | 'InvalidInstanceInformationFilterValue'>, 'fail'>;

const COLUMNS: Readonly<Record<string, ColumnFilter['column']>> = {
  InstanceIds: 'node_id',
  SourceIds: 'node_id',
  AgentVersion: 'agent_version',
  PingStatus: 'ping_status',
  PlatformTypes: 'platform_type',
  ActivationIds: 'activation_id',
  IamRole: 'iam_role',
};
/** Values that exist: another one is a slip of the caller, who is told. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  PingStatus: ['Online', 'ConnectionLost', 'Inactive'],
  PlatformTypes: ['Windows', 'Linux', 'MacOS'],
  ResourceType: ['ManagedInstance', 'EC2Instance', 'AWS::EC2::Instance', 'AWS::SSM::ManagedInstance', 'AWS::IoT::Thing'],
  SourceTypes: ['AWS::EC2::Instance', 'AWS::IoT::Thing', 'AWS::SSM::ManagedInstance'],
};
/** Every node here was activated; cloud instances and things do not exist. */
const OURS = ['ManagedInstance', 'AWS::SSM::ManagedInstance'];

export function readInformationFilters(
  filters: readonly InstanceInformationStringFilter[],
  legacy: readonly InstanceInformationFilter[],
  ctx: Context,
): InformationFilters {
  if (filters.length > 0 && legacy.length > 0)
    ctx.fail('ValidationException', 'Specify either Filters or InstanceInformationFilterList, not both.');
  const all = [...filters, ...legacy.map(({ key, valueSet }) => ({ Key: key, Values: valueSet }))];
  const tags = all.flatMap(({ Key, Values }) => {
    const alternatives = tagAlternatives(Key, Values);
    return alternatives === undefined ? [] : [alternatives];
  });
  if (tags.length > 0 && tags.length < all.length)
    ctx.fail('ValidationException', 'Filters by tag cannot be combined with other filters.');
  if (tags.length > 0) return { by: 'tags', tags };
  const columns = all.map(({ Key, Values }) => readColumn(Key, Values, ctx));
  if (columns.includes('nothing')) return { by: 'nothing' };
  return { by: 'columns', columns: columns.filter((column) => typeof column !== 'string') };
}

function readColumn(key: string, values: readonly string[], ctx: Context): ColumnFilter | 'everything' | 'nothing' {
  const allowed = Object.hasOwn(VALUES, key) ? VALUES[key] : undefined;
  if (allowed !== undefined && !values.every((value) => allowed.includes(value)))
    ctx.fail('InvalidInstanceInformationFilterValue', `The filter ${key} takes the values ${allowed.join(', ')}.`);
  if (key === 'ResourceType' || key === 'SourceTypes')
    return values.some((value) => OURS.includes(value)) ? 'everything' : 'nothing';
  // There are no associations yet, so no node has a status of one.
  if (key === 'AssociationStatus') return 'nothing';
  const column = Object.hasOwn(COLUMNS, key) ? COLUMNS[key] : undefined;
  return column === undefined ? ctx.fail('InvalidFilterKey', '') : { column, values };
}
