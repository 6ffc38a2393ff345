// UpdateOpenIDConnectProviderThumbprint: replaces the whole list.
import { iamChange } from '../../iam-operation.ts';
import { putProvider } from '../../providers/oidc-store.ts';
import { requireProvider, requireThumbprints } from '../../providers/provider.ts';

export default iamChange('UpdateOpenIDConnectProviderThumbprint', {
  about: ({ OpenIDConnectProviderArn }) => [{ arn: OpenIDConnectProviderArn }],
  async change(call, { OpenIDConnectProviderArn, ThumbprintList }) {
    const provider = await requireProvider(call, OpenIDConnectProviderArn);
    requireThumbprints(call.ctx, ThumbprintList);
    await putProvider(call.tx, call.account, { ...provider, thumbprints: ThumbprintList });
  },
});
