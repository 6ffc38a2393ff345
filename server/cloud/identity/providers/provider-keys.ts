// The keys of identity providers: fetched where the discovery document says, kept for a while, and looked for again when a token names one that is not
// among them. Strangers choose tokens: what they cause is bounded, and takes nothing from others.
import type { Clock } from '../../../platform/time/clock.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { fetchJson, ProviderUnreachable } from './oidc-fetch.ts';
import { importKey, type ProviderKey } from './oidc-token.ts';

export interface ProviderKeys {
  /** `missing`: what is kept lacks the key. Throws ProviderUnreachable. */
  keysOf(issuer: string, thumbprints: readonly string[], missing: boolean): Promise<readonly ProviderKey[]>;
  clear(): void;
}

export interface ProviderKeysOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly log: Logger;
}

const KEPT_MS = 10 * 60_000;
/** Between two looks for a key that was not there, or at a provider that did not answer. */
const RETRY_MS = 30_000;
const KEPT_MAX = 200;
const KEYS_MAX = 100;

interface Kept {
  readonly keys: Promise<readonly ProviderKey[]>;
  readonly askedMs: number;
  failed: boolean;
  /** The last look for a key that was not among them: it takes their place when it succeeds. Strangers cause looks, so it takes nothing away. */
  look?: { readonly keys: Promise<readonly ProviderKey[]>; readonly askedMs: number };
}

export function createProviderKeys({ clock, log }: ProviderKeysOptions): ProviderKeys {
  const kept = new Map<string, Kept>();

  function keysOf(issuer: string, thumbprints: readonly string[], missing: boolean): Promise<readonly ProviderKey[]> {
    const name = JSON.stringify([issuer, thumbprints]);
    const known = kept.get(name);
    const nowMs = clock.nowMs();
    const ageMs = nowMs - (known?.askedMs ?? 0);
    if (known !== undefined && ageMs < (known.failed ? RETRY_MS : KEPT_MS)) {
      if (!missing || known.failed || ageMs < RETRY_MS) return known.keys;
      if (known.look === undefined || nowMs - known.look.askedMs >= RETRY_MS) {
        const looked = ask(issuer, thumbprints);
        known.look = looked;
        looked.keys.then(
          () => kept.get(name) === known && keep(name, looked),
          () => undefined,
        );
      }
      return known.look.keys;
    }
    const fresh = ask(issuer, thumbprints);
    keep(name, fresh);
    return fresh.keys;
  }

  function ask(issuer: string, thumbprints: readonly string[]): Kept {
    const asked: Kept = { keys: fetchKeys(clock, issuer, thumbprints), askedMs: clock.nowMs(), failed: false };
    asked.keys.catch((cause: unknown) => {
      asked.failed = true;
      log.warn('the keys of an identity provider could not be read', { issuer, cause: causesOf(cause) });
    });
    return asked;
  }

  function keep(name: string, fresh: Kept): void {
    kept.delete(name);
    // The oldest goes first.
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(name, fresh);
  }

  return { keysOf, clear: () => kept.clear() };
}

/** The discovery document names where the keys are. It must be about this very issuer. */
async function fetchKeys(
  clock: ProviderKeysOptions['clock'],
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
