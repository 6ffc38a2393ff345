// RemoveClientIDFromOpenIDConnectProvider: one that is not there is no mistake.
import { iamChange } from '../../iam-operation.ts';
import { putProvider } from '../../providers/oidc-store.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamChange('RemoveClientIDFromOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn, ClientID }) {
    const provider = await requireProvider(call, OpenIDConnectProviderArn);
    const clientIds = provider.clientIds.filter((one) => one !== ClientID);
    await putProvider(call.tx, call.account, { ...provider, clientIds });
  },
});
