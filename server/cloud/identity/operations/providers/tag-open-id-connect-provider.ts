// TagOpenIDConnectProvider: adds or replaces.
import { putTags } from '../../entities/belongings-store.ts';
import { requireTags } from '../../entities/require.ts';
import { iamChange } from '../../iam-operation.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamChange('TagOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn, Tags }) {
    await requireProvider(call, OpenIDConnectProviderArn);
    await requireTags(call, OpenIDConnectProviderArn, Tags);
    await putTags(call.tx, call.account, OpenIDConnectProviderArn, Tags);
  },
});
