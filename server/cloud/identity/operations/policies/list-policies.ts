// ListPolicies: AWS's first, then the account's own, in name order.
import type { AccountId } from '../../../../platform/ids.ts';
import type { ReadTx } from '../../../../platform/store/index.ts';
import { listEntities } from '../../entities/directory.ts';
import { type Entity, nameKey } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { MANAGED_POLICIES } from '../../policies/managed-policies.ts';
import { pageOf } from '../../paging.ts';
import { type PolicyUses, usesOfPolicies } from '../../policies/policy-uses.ts';
import { policyArn, policyView } from '../../entities/views.ts';

interface Listed {
  readonly policy: Entity;
  readonly uses: PolicyUses | undefined;
}

const positionOf = ({ policy }: Listed): string => `${policy.isBuiltIn ? 'aws' : 'own'}/${policy.name}`;

function awsPolicies(pathPrefix: string, after: string | undefined): readonly Entity[] {
  return MANAGED_POLICIES.filter(
    ({ path, name }) =>
      path.startsWith(pathPrefix) && (after === undefined || nameKey(name) > nameKey(after.slice('aws/'.length))),
  );
}

async function withUses(tx: ReadTx, account: AccountId, policies: readonly Entity[]): Promise<readonly Listed[]> {
  const uses = await usesOfPolicies(
    tx,
    account,
    policies.map((policy) => policyArn(account, policy)),
  );
  return policies.map((policy) => ({ policy, uses: uses.get(policyArn(account, policy)) }));
}

export default iamRead('ListPolicies', {
  about: () => ['*'],
  async read(call, input) {
    const { tx, account } = call;
    const { Scope = 'All', PathPrefix = '/', OnlyAttached, PolicyUsageFilter } = input;
    const isWanted = (uses: PolicyUses | undefined): boolean =>
      (OnlyAttached !== true || (uses !== undefined && uses.attached + uses.boundary > 0)) &&
      (PolicyUsageFilter !== 'PermissionsPolicy' || (uses?.attached ?? 0) > 0) &&
      (PolicyUsageFilter !== 'PermissionsBoundary' || (uses?.boundary ?? 0) > 0);
    const { items, end } = await pageOf(call, 'ListPolicies', input, positionOf, async (after, limit) => {
      const found: Listed[] = [];
      if (Scope !== 'Local' && after?.startsWith('own/') !== true)
        found.push(...(await withUses(tx, account, awsPolicies(PathPrefix, after))).filter(({ uses }) => isWanted(uses)));
      let last = after?.startsWith('own/') === true ? after.slice('own/'.length) : undefined;
      let more = Scope !== 'AWS';
      while (more && found.length < limit) {
        const own = await listEntities(tx, account, 'policy', { after: last, limit, pathPrefix: PathPrefix });
        found.push(...(await withUses(tx, account, own)).filter(({ uses }) => isWanted(uses)));
        last = own.at(-1)?.name;
        more = own.length === limit;
      }
      return found.slice(0, limit);
    });
    return { Policies: items.map(({ policy, uses }) => policyView(account, policy, uses)), ...end };
  },
});
