// ListRoles: in name order, below a path.
import { listEntities } from '../../entities/directory.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf } from '../../paging.ts';
import { listed } from '../../entities/refs.ts';
import { roleView } from '../../entities/views.ts';

const nameOf = ({ name }: Entity): string => name;

export default iamRead('ListRoles', {
  about: ({ PathPrefix }) => [listed('role', PathPrefix)],
  async read(call, input) {
    const { tx, account } = call;
    const { items, end } = await pageOf(call, 'ListRoles', input, nameOf, (after, limit) =>
      listEntities(tx, account, 'role', { after, limit, pathPrefix: input.PathPrefix }),
    );
    return { Roles: items.map((one) => roleView(account, one)), ...end };
  },
});
