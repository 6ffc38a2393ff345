// ListGroupsForUser: in name order.
import { groupIdsOf } from '../../entities/belongings-store.ts';
import { findByIds } from '../../entities/directory.ts';
import { type Entity, nameKey } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { groupView } from '../../entities/views.ts';

const keyOf = ({ name }: Entity): string => nameKey(name);

export default iamRead('ListGroupsForUser', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, input) {
    const { tx, account } = call;
    const user = await requireEntity(call, 'user', input.UserName);
    const groups = await findByIds(tx, account, await groupIdsOf(tx, account, user.id));
    const { items, end } = await pageOf(call, 'ListGroupsForUser', input, keyOf, slice(groups, keyOf));
    return { Groups: items.map((group) => groupView(account, group)), ...end };
  },
});
