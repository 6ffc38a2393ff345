// CreateOpenIDConnectProvider: whose tokens AssumeRoleWithWebIdentity takes.
import { putTags } from '../../entities/belongings-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { PROVIDERS_MAX } from '../../limits.ts';
import { listProviders, providerArn, putProvider } from '../../providers/oidc-store.ts';
import { providerUrl, requireClientIds, requireThumbprints } from '../../providers/provider.ts';
import { requireTags } from '../../entities/require.ts';

export default iamChange('CreateOpenIDConnectProvider', {
  about: () => ['*'],
  async change(call, { Url, ClientIDList = [], ThumbprintList = [], Tags = [] }) {
    const { tx, ctx, account } = call;
    const url = providerUrl(ctx, Url);
    requireClientIds(ctx, ClientIDList);
    requireThumbprints(ctx, ThumbprintList);
    const providers = await listProviders(tx, account);
    if (providers.some((one) => one.url === url))
      ctx.fail('EntityAlreadyExists', `Provider with url https://${url} already exists.`);
    if (providers.length >= PROVIDERS_MAX)
      ctx.fail('LimitExceeded', `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${PROVIDERS_MAX}`);
    const OpenIDConnectProviderArn = providerArn(account, url);
    await putProvider(tx, account, { url, clientIds: ClientIDList, thumbprints: ThumbprintList, createdAt: ctx.now });
    await requireTags(call, OpenIDConnectProviderArn, Tags);
    await putTags(tx, account, OpenIDConnectProviderArn, Tags);
    return { OpenIDConnectProviderArn, ...(Tags.length === 0 ? {} : { Tags }) };
  },
});
