// DeleteOpenIDConnectProvider: roles that trust it stay, and nobody can take them through it.
import { iamChange } from '../../iam-operation.ts';
import { deleteProvider } from '../../providers/oidc-store.ts';
import { requireProvider } from '../../providers/provider.ts';

export default iamChange('DeleteOpenIDConnectProvider', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn }) {
    const provider = await requireProvider(call, OpenIDConnectProviderArn);
    await deleteProvider(call.tx, call.account, provider.url);
  },
});
