// GetOpenIDConnectProvider: its URL is answered without https://, as on AWS.
import { tagsOf } from '../../entities/belongings-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamRead('GetOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async read(call, { OpenIDConnectProviderArn }) {
    const { tx, account } = call;
    const provider = await requireProvider(call, OpenIDConnectProviderArn);
    const tags = await tagsOf(tx, account, OpenIDConnectProviderArn);
    return {
      Url: provider.url,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAt,
      ...(tags.length === 0 ? {} : { Tags: tags }),
    };
  },
});
