// GetAccountAuthorizationDetails: users, groups, roles and policies with all that decides what they may, a page over all of them in one order.
import { tagsOf } from '../../entities/belongings-store.ts';
import { accountItems, isWanted, type Item, positionOf } from '../../entities/account-items.ts';
import { groupDetail, policyDetail, roleDetail, userDetail } from '../../entities/details.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf } from '../../paging.ts';

export default iamRead('GetAccountAuthorizationDetails', {
  about: () => ['*'],
  async read(call, input) {
    const wanted = isWanted(input.Filter);
    const { items, end } = await pageOf(call, 'GetAccountAuthorizationDetails', input, positionOf, (after, limit) =>
      accountItems(call, wanted, after, limit),
    );
    const of = (kind: Item['kind']) => items.filter((item) => item.kind === kind).map(({ entity }) => entity);
    const all = <In, Out>(list: readonly In[], detail: (one: In) => Promise<Out>): Promise<Out[]> =>
      Promise.all(list.map(detail));
    return {
      UserDetailList: await all(of('User'), async (user) => userDetail(call, user, await tagsOf(call.tx, call.account, user.id))),
      GroupDetailList: await all(of('Group'), (group) => groupDetail(call, group)),
      RoleDetailList: await all(of('Role'), async (role) => roleDetail(call, role, await tagsOf(call.tx, call.account, role.id))),
      Policies: await all([...of('AWSManagedPolicy'), ...of('LocalManagedPolicy')], (policy) => policyDetail(call, policy)),
      ...end,
    };
  },
});
