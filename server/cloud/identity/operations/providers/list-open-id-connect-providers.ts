// ListOpenIDConnectProviders: by URL.
import { iamRead } from '../../iam-operation.ts';
import { listProviders, providerArn } from '../../providers/oidc-store.ts';

export default iamRead('ListOpenIDConnectProviders', {
  about: () => ['*'],
  async read({ tx, account }) {
    const providers = await listProviders(tx, account);
    return { OpenIDConnectProviderList: providers.map(({ url }) => ({ Arn: providerArn(account, url) })) };
  },
});
