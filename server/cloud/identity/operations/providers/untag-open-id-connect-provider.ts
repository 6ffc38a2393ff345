// UntagOpenIDConnectProvider: keys that are not there are no mistake.
import { removeTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamChange('UntagOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn, TagKeys }) {
    await requireProvider(call, OpenIDConnectProviderArn);
    await removeTags(call.tx, call.account, OpenIDConnectProviderArn, TagKeys);
  },
});
