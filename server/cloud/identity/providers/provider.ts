// Identity providers by ARN, and what IAM takes as their parts.
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { CLIENT_IDS_MAX, THUMBPRINTS_MAX } from '../limits.ts';
import { findProvider, type OidcProvider, providerArn } from './oidc-store.ts';

type Refusing<Code extends string> = Pick<RequestContext<Code>, 'fail'>;

export async function requireProvider(
  { tx, account, ctx }: { readonly tx: ReadTx; readonly account: AccountId; readonly ctx: Refusing<'NoSuchEntity'> },
  arn: string,
): Promise<OidcProvider> {
  const prefix = providerArn(account, '');
  const found = arn.startsWith(prefix) ? await findProvider(tx, account, arn.slice(prefix.length)) : undefined;
  return found ?? ctx.fail('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
}

/** The URL as ARNs end with it. */
export function providerUrl(ctx: Refusing<'InvalidInput'>, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:' || parsed.search !== '' || parsed.hash !== '' || parsed.username !== '')
    ctx.fail(
      'InvalidInput',
      `Invalid Open ID Connect Provider URL: ${url}. It begins with https:// and has no query and no fragment.`,
    );
  return url.slice('https://'.length).replace(/\/$/, '');
}

export function requireClientIds(ctx: Refusing<'LimitExceeded'>, clientIds: readonly string[]): void {
  if (clientIds.length > CLIENT_IDS_MAX)
    ctx.fail('LimitExceeded', `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${CLIENT_IDS_MAX}`);
}

export function requireThumbprints(ctx: Refusing<'InvalidInput'>, thumbprints: readonly string[]): void {
  if (thumbprints.length > THUMBPRINTS_MAX)
    ctx.fail('InvalidInput', `Thumbprint list must contain fewer than ${THUMBPRINTS_MAX + 1} entries.`);
  if (thumbprints.some((one) => !/^[0-9A-Fa-f]{40}$/.test(one)))
    ctx.fail('InvalidInput', 'A thumbprint is the SHA-1 hash of a certificate: 40 hexadecimal digits.');
}
