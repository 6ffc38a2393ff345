// GetGroup: with its users, in name order.
import { memberIdsOf } from '../../entities/belongings-store.ts';
import { findByIds } from '../../entities/directory.ts';
import { type Entity, nameKey } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { groupView, userView } from '../../entities/views.ts';

const keyOf = ({ name }: Entity): string => nameKey(name);

export default iamRead('GetGroup', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async read(call, input) {
    const { tx, account } = call;
    const group = await requireEntity(call, 'group', input.GroupName);
    const users = await findByIds(tx, account, await memberIdsOf(tx, account, group.id));
    const { items, end } = await pageOf(call, 'GetGroup', input, keyOf, slice(users, keyOf));
    return { Group: groupView(account, group), Users: items.map((user) => userView(account, user)), ...end };
  },
});
