// Tokens of identity providers, verified under the keys that the provider publishes. Only a provider that the role's account has configured is ever
// asked. Its keys are kept for a while; a key that is not known is looked for again, but not more often than every half minute, whatever strangers send.
import type { AccountId } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/store/index.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import { findProvider, type OidcProvider, providerArn } from './oidc-store.ts';
import {
  checkClaims,
  isSignedBy,
  keysFor,
  type ParsedToken,
  parseToken,
  type ProviderKey,
  tokenKeys,
  TokenRefused,
} from './oidc-token.ts';
import { createProviderKeys } from './provider-keys.ts';

export interface FederatedCaller {
  readonly provider: string;
  readonly subject: string;
  /** That of the configured ones which the token names first. */
  readonly audience: string;
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface IdentityProviders {
  /** Throws TokenRefused and ProviderUnreachable. */
  verify(account: AccountId, token: string, now: Date): Promise<FederatedCaller>;
  clear(): void;
}

export interface IdentityProvidersOptions {
  readonly database: Database;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly log: Logger;
}

/** Of keys without names; each costs a stranger's token 0.1 ms. */
const CANDIDATES_MAX = 5;

export function createIdentityProviders(options: IdentityProvidersOptions): IdentityProviders {
  const { database } = options;
  const keys = createProviderKeys(options);

  async function candidatesFor(token: ParsedToken, provider: OidcProvider): Promise<readonly ProviderKey[]> {
    const known = keysFor(token, await keys.keysOf(token.issuer, provider.thumbprints, false));
    return known.length > 0 ? known : keysFor(token, await keys.keysOf(token.issuer, provider.thumbprints, true));
  }

  return {
    async verify(account, text, now) {
      const token = parseToken(text);
      if (token === undefined)
        throw new TokenRefused(
          'InvalidIdentityToken',
          'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
        );
      const { issuer } = token;
      const url = issuer.startsWith('https://') ? issuer.slice('https://'.length).replace(/\/$/, '') : undefined;
      const provider = url === undefined ? undefined : await database.read((tx) => findProvider(tx, account, url));
      if (provider === undefined)
        throw new TokenRefused(
          'InvalidIdentityToken',
          `No OpenIDConnect provider found in your account for ${issuer.slice(0, 300)}`,
        );
      const candidates = (await candidatesFor(token, provider)).slice(0, CANDIDATES_MAX);
      if (candidates.length === 0)
        throw new TokenRefused(
          'InvalidIdentityToken',
          "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        );
      if (!candidates.some((key) => isSignedBy(token, key)))
        throw new TokenRefused('InvalidIdentityToken', 'The signature of the ID Token provided is not valid.');
      const claims = checkClaims(token.claims, provider.clientIds, Math.floor(now.getTime() / 1000));
      return {
        provider: providerArn(account, provider.url),
        subject: claims.subject,
        audience: claims.audiences.find((one) => provider.clientIds.includes(one)) ?? '',
        keys: tokenKeys(provider.url, token, claims),
        claims: token.claims,
      };
    },
    clear: () => keys.clear(),
  };
}
