// ListOpenIDConnectProviderTags: by key.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamRead('ListOpenIDConnectProviderTags', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async read(call, input) {
    await requireProvider(call, input.OpenIDConnectProviderArn);
    const tags = await tagsOf(call.tx, call.account, input.OpenIDConnectProviderArn);
    const keyOf = ({ Key }: { readonly Key: string }): string => Key.toLowerCase();
    const { items, end } = await pageOf(call, 'ListOpenIDConnectProviderTags', input, keyOf, slice(tags, keyOf));
    return { Tags: items, ...end };
  },
});
