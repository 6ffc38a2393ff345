// AddClientIDToOpenIDConnectProvider: one that is there stays there.
import { iamChange } from '../../iam-operation.ts';
import { putProvider } from '../../providers/oidc-store.ts';
import { requireClientIds, requireProvider } from '../../providers/provider.ts';

export default iamChange('AddClientIDToOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn, ClientID }) {
    const provider = await requireProvider(call, OpenIDConnectProviderArn);
    const clientIds = [...new Set([...provider.clientIds, ClientID])];
    requireClientIds(call.ctx, clientIds);
    await putProvider(call.tx, call.account, { ...provider, clientIds });
  },
});
