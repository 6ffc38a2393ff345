// ListUsers: in name order, below a path.
import { listEntities } from '../../entities/directory.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf } from '../../paging.ts';
import { listed } from '../../entities/refs.ts';
import { userView } from '../../entities/views.ts';

const nameOf = ({ name }: Entity): string => name;

export default iamRead('ListUsers', {
  about: ({ PathPrefix }) => [listed('user', PathPrefix)],
  async read(call, input) {
    const { tx, account } = call;
    const { items, end } = await pageOf(call, 'ListUsers', input, nameOf, (after, limit) =>
      listEntities(tx, account, 'user', { after, limit, pathPrefix: input.PathPrefix }),
    );
    return { Users: items.map((one) => userView(account, one)), ...end };
  },
});
