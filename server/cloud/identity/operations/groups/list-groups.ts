// ListGroups: in name order, below a path.
import { listEntities } from '../../entities/directory.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf } from '../../paging.ts';
import { listed } from '../../entities/refs.ts';
import { groupView } from '../../entities/views.ts';

const nameOf = ({ name }: Entity): string => name;

export default iamRead('ListGroups', {
  about: ({ PathPrefix }) => [listed('group', PathPrefix)],
  async read(call, input) {
    const { tx, account } = call;
    const { items, end } = await pageOf(call, 'ListGroups', input, nameOf, (after, limit) =>
      listEntities(tx, account, 'group', { after, limit, pathPrefix: input.PathPrefix }),
    );
    return { Groups: items.map((one) => groupView(account, one)), ...end };
  },
});
