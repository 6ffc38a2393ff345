// A resource group: a query, or a configuration with members that were named; never both. Pure: names, ARNs, views.
import type {
  Group,
  GroupConfigurationList,
  GroupIdentifier,
  ResourceQuery,
} from '../platform/api/models/resource-groups.types.gen.ts';
import type { Scope } from '../platform/ids.ts';

/** AWS's quota for an account and region. Lists of groups are cut from all of them. */
export const GROUPS_MAX = 100;

export interface ResourceGroup {
  readonly name: string;
  readonly description: string | undefined;
  readonly criticality: number | undefined;
  readonly owner: string | undefined;
  readonly displayName: string | undefined;
  readonly query: ResourceQuery | undefined;
  readonly configuration: GroupConfigurationList | undefined;
}

const GROUP_ARN = /^arn:[^:]*:resource-groups:([^:]*):([^:]*):group\/(.+)$/;

/** The bare name behind a name or an ARN; undefined for what another account or region owns. */
export function groupName(scope: Scope, nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const [, region, account, name] = GROUP_ARN.exec(nameOrArn) ?? [];
  return region === scope.region && account === scope.account ? name : undefined;
}

/** What another account owns keeps its own ARN. */
export function groupArn(scope: Scope, nameOrArn: string): string {
  const name = groupName(scope, nameOrArn);
  return name === undefined ? nameOrArn : `arn:aws:resource-groups:${scope.region}:${scope.account}:group/${name}`;
}

/** Operations name their group in `Group`; `GroupName` is what they took before. */
export function askedGroup(input: {
  readonly Group?: string | undefined;
  readonly GroupName?: string | undefined;
}): string | undefined {
  return input.Group ?? input.GroupName;
}

/** For authorization: a call that names no group is refused when it is handled. */
export function askedArns(
  input: { readonly Group?: string | undefined; readonly GroupName?: string | undefined },
  scope: Scope,
): readonly string[] {
  const asked = askedGroup(input);
  return [asked === undefined ? '*' : groupArn(scope, asked)];
}

export function groupView(scope: Scope, group: ResourceGroup): Group {
  return {
    GroupArn: groupArn(scope, group.name),
    Name: group.name,
    Description: group.description,
    Criticality: group.criticality,
    Owner: group.owner,
    DisplayName: group.displayName,
  };
}

export function identifierView(scope: Scope, group: ResourceGroup): GroupIdentifier {
  const { GroupArn, Name, ...rest } = groupView(scope, group);
  return { GroupName: Name, GroupArn, ...rest };
}
