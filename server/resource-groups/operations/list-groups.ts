// ListGroups: in name order. NextToken is there only when more follows: AWS sends one with the last page too, which some clients follow forever.
import type { GroupFilter, ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { nextToken, positionOf, type ResourceGroups } from '../domain.ts';
import { groupView, identifierView, type ResourceGroup } from '../group.ts';
import { readQuery } from '../query.ts';
import * as store from '../store.ts';

const PAGE = 50;

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'ListGroups', {
  action: 'resource-groups:ListGroups',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const after = positionOf(domain, 'ListGroups', ctx, input.NextToken, (message) => ctx.fail('BadRequestException', message));
    const all = await domain.database.read((tx) => store.listGroups(tx, ctx));
    const rest = all.filter(
      (group) =>
        (typeof after !== 'string' || group.name > after) &&
        (input.Filters ?? []).every((filter) => matchesFilter(group, filter)),
    );
    const page = rest.slice(0, input.MaxResults ?? PAGE);
    const last = page.at(-1);
    return {
      GroupIdentifiers: page.map((group) => identifierView(ctx, group)),
      Groups: page.map((group) => groupView(ctx, group)),
      NextToken: last !== undefined && rest.length > page.length ? nextToken(domain, 'ListGroups', ctx, last.name) : undefined,
    };
  },
});

function matchesFilter(group: ResourceGroup, { Name: name, Values: values }: GroupFilter): boolean {
  return factsOf(group, name).some((fact) => values.includes(fact));
}

function factsOf(group: ResourceGroup, name: GroupFilter['Name']): readonly string[] {
  switch (name) {
    case 'resource-type': {
      const read = group.query === undefined ? undefined : readQuery(group.query);
      return read?.ok === true ? read.types : [];
    }
    case 'configuration-type':
      return (group.configuration ?? []).map(({ Type }) => Type);
    case 'owner':
      return [group.owner ?? ''];
    case 'display-name':
      return [group.displayName ?? ''];
    case 'criticality':
      return [String(group.criticality ?? '')];
  }
}
