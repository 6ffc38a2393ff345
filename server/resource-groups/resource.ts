// The resources that can be tagged and grouped here, and their three spellings: ARN, CloudFormation type, the tagging API's type. A kind
// is what tags are kept under; nodes are one kind with two types, told apart by their ids. Pure.
import type { Scope } from '../platform/ids.ts';

/** In the order in which resources are listed. */
export const RESOURCE_KINDS = ['Document', 'Group', 'Key', 'ManagedInstance', 'Parameter'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** Where a listing stands: resources are ordered by kind, then by id. */
export interface Resource {
  readonly kind: ResourceKind;
  readonly id: string;
}

/** A part of a kind: ids after `above` and before `below`. */
export interface Range {
  readonly kind: ResourceKind;
  readonly above?: string;
  readonly below?: string;
}

/** `i-…` < `i.` < `mi-…`: what lies between the ids of cloud instances and those of other nodes. */
const CLOUD_IDS_END = 'i.';

interface ResourceType {
  readonly type: string;
  /** As GetResources' ResourceTypeFilters spells it. */
  readonly service: string;
  readonly noun: string;
  readonly range: Range;
  readonly tagActions: TagActions;
}

/** What the service that owns a resource asks of those who change its tags. */
interface TagActions {
  readonly add: string;
  readonly remove: string;
}

const SSM: TagActions = { add: 'ssm:AddTagsToResource', remove: 'ssm:RemoveTagsFromResource' };
const GROUPS: TagActions = { add: 'resource-groups:Tag', remove: 'resource-groups:Untag' };
const EC2: TagActions = { add: 'ec2:CreateTags', remove: 'ec2:DeleteTags' };
const KMS: TagActions = { add: 'kms:TagResource', remove: 'kms:UntagResource' };

const NODES: ResourceType = {
  type: 'AWS::SSM::ManagedInstance',
  service: 'ssm',
  noun: 'managed-instance',
  range: { kind: 'ManagedInstance', above: CLOUD_IDS_END },
  tagActions: SSM,
};
const TYPES: readonly ResourceType[] = [
  { type: 'AWS::SSM::Document', service: 'ssm', noun: 'document', range: { kind: 'Document' }, tagActions: SSM },
  { type: 'AWS::ResourceGroups::Group', service: 'resource-groups', noun: 'group', range: { kind: 'Group' }, tagActions: GROUPS },
  { type: 'AWS::KMS::Key', service: 'kms', noun: 'key', range: { kind: 'Key' }, tagActions: KMS },
  {
    type: 'AWS::EC2::Instance',
    service: 'ec2',
    noun: 'instance',
    range: { kind: 'ManagedInstance', below: CLOUD_IDS_END },
    tagActions: EC2,
  },
  NODES,
  // The id is the name without its leading slash.
  { type: 'AWS::SSM::Parameter', service: 'ssm', noun: 'parameter', range: { kind: 'Parameter' }, tagActions: SSM },
];

/** `undefined`: every type. Types that do not exist here match nothing. AWS's own examples write `AWS::EC2::INSTANCE`. */
export function rangesOfTypes(types: readonly string[] | undefined): readonly Range[] {
  const wanted = types?.map((type) => type.toLowerCase());
  const all = wanted === undefined || wanted.includes('aws::allsupported');
  return TYPES.filter(({ type }) => all || wanted.includes(type.toLowerCase())).map(({ range }) => range);
}

/** `ssm`, `ssm:document`; an empty list is every type. */
export function rangesOfTaggingTypes(filters: readonly string[]): readonly Range[] {
  return TYPES.filter(
    ({ service, noun }) => filters.length === 0 || filters.includes(service) || filters.includes(`${service}:${noun}`),
  ).map(({ range }) => range);
}

/** What lies in both; ranges of one list do not overlap. */
export function intersect(ones: readonly Range[], others: readonly Range[]): readonly Range[] {
  return ones.filter((one) =>
    others.some((other) => one.kind === other.kind && one.above === other.above && one.below === other.below),
  );
}

export function inRange({ kind, above, below }: Range, resource: Resource): boolean {
  return resource.kind === kind && (above === undefined || resource.id > above) && (below === undefined || resource.id < below);
}

function resourceTypeOf(resource: Resource): ResourceType {
  return TYPES.find(({ range }) => inRange(range, resource)) ?? NODES;
}

export const typeOf = (resource: Resource): string => resourceTypeOf(resource).type;
export const tagActionsOf = (resource: Resource): TagActions => resourceTypeOf(resource).tagActions;

export function arnOf({ account, region }: Scope, resource: Resource): string {
  const { service, noun } = resourceTypeOf(resource);
  return `arn:aws:${service}:${region}:${account}:${noun}/${resource.id}`;
}

/** The resource of this account and region that an ARN names; undefined for any other text. */
export function resourceOfArn(scope: Scope, arn: string): Resource | undefined {
  const [, service, region, account, noun, id] = /^arn:aws:([^:]*):([^:]*):([^:]*):([^/:]+)\/(.+)$/s.exec(arn) ?? [];
  if (region !== scope.region || account !== scope.account || id === undefined) return undefined;
  const found = TYPES.find((type) => type.service === service && type.noun === noun);
  if (found === undefined) return undefined;
  const resource = { kind: found.range.kind, id };
  return inRange(found.range, resource) ? resource : undefined;
}
