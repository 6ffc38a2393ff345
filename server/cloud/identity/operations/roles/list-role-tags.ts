// ListRoleTags: by key.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('ListRoleTags', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, input) {
    const role = await requireEntity(call, 'role', input.RoleName);
    const tags = await tagsOf(call.tx, call.account, role.id);
    const keyOf = ({ Key }: { readonly Key: string }): string => Key.toLowerCase();
    const { items, end } = await pageOf(call, 'ListRoleTags', input, keyOf, slice(tags, keyOf));
    return { Tags: items, ...end };
  },
});
