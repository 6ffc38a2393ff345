// An identity token (JWT) of an OIDC provider: read, its signature verified, its claims checked. Pure.
// The algorithm is one of three that use a key pair, and the key must be one for that very algorithm: neither `none` nor a public key taken for
// a shared secret gets through. Every part has one spelling only.
import { constants, createPublicKey, type KeyObject, verify, type webcrypto } from 'node:crypto';

export type TokenAlgorithm = 'RS256' | 'PS256' | 'ES256';

export interface ProviderKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<TokenAlgorithm>;
  readonly key: KeyObject;
}

export interface ParsedToken {
  readonly algorithm: TokenAlgorithm;
  readonly kid: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly issuer: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** What is true of a token that passed: who it is about, for whom, and until when. */
export interface TokenClaims {
  readonly subject: string;
  readonly audiences: readonly string[];
}

export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly code: 'InvalidIdentityToken' | 'ExpiredTokenException' | 'IDPRejectedClaim';

  constructor(code: TokenRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'PS256', 'ES256'];
const MODULUS_BITS_MIN = 2_048;
/** Verifying with more bits takes a stranger's token milliseconds. */
const MODULUS_BITS_MAX = 8_192;
/** Clocks of providers and of this server differ by less. */
const SKEW_SECONDS = 60;
const TEXT_MAX = 255;

/** Undefined: no JWT of a form that we take. */
export function parseToken(text: string): ParsedToken | undefined {
  const parts = text.split('.');
  const [head, body, signature] = parts.map(decodePart);
  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined) return undefined;
  const header = parseRecord(head);
  const claims = parseRecord(body);
  if (header === undefined || claims === undefined || 'crit' in header) return undefined;
  const algorithm = ALGORITHMS.find((one) => one === header['alg']);
  const { kid } = header;
  const { iss } = claims;
  if (algorithm === undefined || (kid !== undefined && typeof kid !== 'string') || typeof iss !== 'string') return undefined;
  return { algorithm, kid, claims, issuer: iss, signed: Buffer.from(text.slice(0, text.lastIndexOf('.'))), signature };
}

function decodePart(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}

function parseRecord(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of JSON.parse: its members are what they are
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: no public key that could verify a token of ours. Private parts are not looked at. */
export function importKey(jwk: unknown): ProviderKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kty, use, alg, kid, key_ops: operations, n, e, crv, x, y }: Readonly<Record<string, unknown>> = { ...jwk };
  if (use !== undefined && use !== 'sig') return undefined;
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined;
  const fitting = kty === 'RSA' ? (['RS256', 'PS256'] as const) : kty === 'EC' && crv === 'P-256' ? (['ES256'] as const) : [];
  const algorithms = new Set(fitting.filter((one) => alg === undefined || alg === one));
  if (algorithms.size === 0 || (kid !== undefined && typeof kid !== 'string')) return undefined;
  try {
    // Whatever is not text is refused here.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const own = (kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }) as webcrypto.JsonWebKey;
    const key = createPublicKey({ key: own, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    if (kty === 'RSA' && (bits === undefined || bits < MODULUS_BITS_MIN || bits > MODULUS_BITS_MAX)) return undefined;
    return { kid, algorithms, key };
  } catch {
    return undefined;
  }
}

/** The keys that a token may have been signed with. */
export function keysFor({ algorithm, kid }: ParsedToken, keys: readonly ProviderKey[]): readonly ProviderKey[] {
  return keys.filter((one) => one.algorithms.has(algorithm) && (kid === undefined || one.kid === kid));
}

export function isSignedBy({ algorithm, signed, signature }: ParsedToken, { key }: ProviderKey): boolean {
  switch (algorithm) {
    case 'RS256':
      return verify('sha256', signed, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'PS256':
      return verify('sha256', signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
    case 'ES256':
      return signature.length === 64 && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
    default:
      return algorithm satisfies never;
  }
}

/** Throws TokenRefused, in AWS's sentences where it has one. */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  clientIds: readonly string[],
  nowSeconds: number,
): TokenClaims {
  const { sub, aud, exp, iat, nbf } = claims;
  for (const [name, value] of Object.entries({ sub, aud, exp, iat }))
    if (value === undefined) throw new TokenRefused('InvalidIdentityToken', `Missing a required claim: ${name}`);
  if (!isText(sub)) throw new TokenRefused('InvalidIdentityToken', `The claim sub must be 1 to ${TEXT_MAX} characters.`);
  const audiences = textsOf(aud);
  if (audiences === undefined || !audiences.some((one) => clientIds.includes(one)))
    throw new TokenRefused('InvalidIdentityToken', 'Incorrect token audience');
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf)))
    throw new TokenRefused('InvalidIdentityToken', 'The claims exp, iat and nbf must be seconds since the epoch.');
  if (exp + SKEW_SECONDS <= nowSeconds)
    throw new TokenRefused(
      'ExpiredTokenException',
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time ${exp}`,
    );
  if (iat - SKEW_SECONDS > nowSeconds || (nbf !== undefined && nbf - SKEW_SECONDS > nowSeconds))
    throw new TokenRefused('IDPRejectedClaim', 'The token is not valid yet: iat or nbf lies in the future.');
  return { subject: sub, audiences };
}

/** What trust policies may ask of a token: `<issuer>:sub` and the like, in lower case. `issuer`: without `https://`. */
export function tokenKeys(
  issuer: string,
  { claims }: Pick<ParsedToken, 'claims'>,
  { subject, audiences }: TokenClaims,
): ReadonlyMap<string, readonly string[]> {
  const prefix = issuer.toLowerCase();
  const keys = new Map([
    [`${prefix}:sub`, [subject]],
    [`${prefix}:aud`, [...audiences]],
  ]);
  const amr = textsOf(claims['amr']);
  if (amr !== undefined) keys.set(`${prefix}:amr`, [...amr]);
  for (const name of ['azp', 'email']) {
    const value = claims[name];
    if (isText(value)) keys.set(`${prefix}:${name}`, [value]);
  }
  return keys;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX;
}

function textsOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.length <= 100 && list.every(isText) ? list : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
