// ListUserTags: by key.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('ListUserTags', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, input) {
    const user = await requireEntity(call, 'user', input.UserName);
    const tags = await tagsOf(call.tx, call.account, user.id);
    const keyOf = ({ Key }: { readonly Key: string }): string => Key.toLowerCase();
    const { items, end } = await pageOf(call, 'ListUserTags', input, keyOf, slice(tags, keyOf));
    return { Tags: items, ...end };
  },
});
