// ListEntitiesForPolicy: whom it is attached to, and whom it bounds; one page for all three kinds.
import { type Entity, nameKey } from '../../entities/entity.ts';
import { boundedBy } from '../../entities/entity-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { entitiesWith } from '../../policies/policy-uses.ts';
import { requirePolicyByArn } from '../../entities/require.ts';

const positionOf = ({ kind, name }: Entity): string => `${kind}/${nameKey(name)}`;

export default iamRead('ListEntitiesForPolicy', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async read(call, input) {
    const { tx, account } = call;
    await requirePolicyByArn(call, input.PolicyArn);
    const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input;
    const attached = PolicyUsageFilter === 'PermissionsBoundary' ? [] : await entitiesWith(tx, account, input.PolicyArn);
    const bounded = PolicyUsageFilter === 'PermissionsPolicy' ? [] : await boundedBy(tx, account, input.PolicyArn);
    const all = [...new Map([...attached, ...bounded].map((one) => [one.id, one])).values()].filter(
      ({ kind, path }) => path.startsWith(PathPrefix) && (EntityFilter === undefined || EntityFilter.toLowerCase() === kind),
    );
    const { items, end } = await pageOf(call, 'ListEntitiesForPolicy', input, positionOf, slice(all, positionOf));
    const of = (kind: Entity['kind']) => items.filter((one) => one.kind === kind);
    return {
      PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...end,
    };
  },
});
