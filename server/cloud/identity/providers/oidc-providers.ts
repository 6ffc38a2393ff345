// Tokens of identity providers, verified under the keys that the provider publishes. Only a provider that the role's account has configured is ever
// asked. Its keys are kept for a while; a key that is not known is looked for again, but not more often than every half minute, whatever strangers send.
import type { AccountId } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/store/index.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import { fetchJson, ProviderUnreachable } from './oidc-fetch.ts';
import { findProvider, type OidcProvider, providerArn } from './oidc-store.ts';
import {
  checkClaims,
  importKey,
  isSignedBy,
  keysFor,
  type ParsedToken,
  parseToken,
  type ProviderKey,
  tokenKeys,
  TokenRefused,
} from './oidc-token.ts';

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

const KEPT_MS = 10 * 60_000;
/** Between two looks for a key that was not there, or at a provider that did not answer. */
const RETRY_MS = 30_000;
const KEPT_MAX = 200;
const KEYS_MAX = 100;
/** Of keys without names; each costs a stranger's token 0.1 ms. */
const CANDIDATES_MAX = 5;

interface Kept {
  readonly keys: Promise<readonly ProviderKey[]>;
  readonly askedMs: number;
  failed: boolean;
}

export function createIdentityProviders(options: IdentityProvidersOptions): IdentityProviders {
  const { database, clock, log } = options;
  const kept = new Map<string, Kept>();

  /** `missing`: what is kept lacks the key. */
  function keysOf(provider: OidcProvider, issuer: string, missing: boolean): Promise<readonly ProviderKey[]> {
    const name = JSON.stringify([issuer, provider.thumbprints]);
    const known = kept.get(name);
    const ageMs = clock.nowMs() - (known?.askedMs ?? 0);
    if (known !== undefined && ageMs < (missing || known.failed ? RETRY_MS : KEPT_MS)) return known.keys;
    const fresh: Kept = { keys: fetchKeys(options, issuer, provider.thumbprints), askedMs: clock.nowMs(), failed: false };
    fresh.keys.catch((cause: unknown) => {
      fresh.failed = true;
      log.warn('the keys of an identity provider could not be read', { issuer, cause: causesOf(cause) });
    });
    kept.delete(name);
    // The oldest goes first.
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(name, fresh);
    return fresh.keys;
  }

  async function candidatesFor(token: ParsedToken, provider: OidcProvider): Promise<readonly ProviderKey[]> {
    const known = keysFor(token, await keysOf(provider, token.issuer, false));
    return known.length > 0 ? known : keysFor(token, await keysOf(provider, token.issuer, true));
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
    clear: () => kept.clear(),
  };
}

/** The discovery document names where the keys are. It must be about this very issuer. */
async function fetchKeys(
  { clock }: Pick<IdentityProvidersOptions, 'clock'>,
  issuer: string,
  thumbprints: readonly string[],
): Promise<readonly ProviderKey[]> {
  const base = issuer.replace(/\/$/, '');
  const discoveryUrl = new URL(`${base}/.well-known/openid-configuration`);
  const { issuer: said, jwks_uri: keysUri } = membersOf(await fetchJson(discoveryUrl, { clock, thumbprints }));
  if (typeof said !== 'string' || said.replace(/\/$/, '') !== base)
    throw new ProviderUnreachable(`the discovery document of ${issuer} is about another issuer`, false);
  const keysUrl = typeof keysUri === 'string' && URL.canParse(keysUri) ? new URL(keysUri) : undefined;
  if (keysUrl?.protocol !== 'https:' || keysUrl.username !== '')
    throw new ProviderUnreachable(`the discovery document of ${issuer} names no https address for its keys`, false);
  // A thumbprint speaks for the issuer's own host. Keys elsewhere (Google's are) need a certificate that everybody trusts, so that
  // a provider cannot send this server to a neighbour of its own.
  const isOwn = keysUrl.host === discoveryUrl.host;
  const { keys } = membersOf(await fetchJson(keysUrl, { clock, thumbprints: isOwn ? thumbprints : [] }));
  if (!Array.isArray(keys)) throw new ProviderUnreachable(`${keysUrl.href.slice(0, 500)} is no set of keys`, false);
  return keys.slice(0, KEYS_MAX).flatMap((jwk: unknown) => importKey(jwk) ?? []);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${causesOf(error.cause)}`;
}
