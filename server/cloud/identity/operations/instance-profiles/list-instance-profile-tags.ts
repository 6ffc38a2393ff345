// ListInstanceProfileTags: by key.
import { tagsOf } from '../../entities/belongings-store.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';

export default iamRead('ListInstanceProfileTags', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async read(call, input) {
    const profile = await requireEntity(call, 'instance-profile', input.InstanceProfileName);
    const tags = await tagsOf(call.tx, call.account, profile.id);
    const keyOf = ({ Key }: { readonly Key: string }): string => Key.toLowerCase();
    const { items, end } = await pageOf(call, 'ListInstanceProfileTags', input, keyOf, slice(tags, keyOf));
    return { Tags: items, ...end };
  },
});
