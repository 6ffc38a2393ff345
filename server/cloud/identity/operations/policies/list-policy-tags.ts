// ListPolicyTags: by key.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { requirePolicyByArn } from '../../entities/require.ts';

export default iamRead('ListPolicyTags', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async read(call, input) {
    const policy = await requirePolicyByArn(call, input.PolicyArn);
    const tags = await tagsOf(call.tx, call.account, policy.id);
    const keyOf = ({ Key }: { readonly Key: string }): string => Key.toLowerCase();
    const { items, end } = await pageOf(call, 'ListPolicyTags', input, keyOf, slice(tags, keyOf));
    return { Tags: items, ...end };
  },
});
