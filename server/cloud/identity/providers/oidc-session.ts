// What an identity provider may say of the session in its token: tags, which of them are transitive, the source identity. In AWS's claims. Pure.
import { TokenRefused } from './oidc-token.ts';
import type { SessionInput } from '../sessions/session-request.ts';

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';
/** As the model has it for those who pass tags themselves. */
const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const SOURCE_IDENTITY = /^[\w+=,.@-]{2,64}$/;
const TAGS_MAX = 50;

/** Throws TokenRefused. */
export function sessionInToken(
  claims: Readonly<Record<string, unknown>>,
): Pick<SessionInput, 'Tags' | 'TransitiveTagKeys' | 'SourceIdentity'> {
  const source = claims[SOURCE_IDENTITY_CLAIM];
  if (source !== undefined && (typeof source !== 'string' || !SOURCE_IDENTITY.test(source))) throw refused(SOURCE_IDENTITY_CLAIM);
  return { ...tagsIn(claims[TAGS_CLAIM]), SourceIdentity: source };
}

function tagsIn(claim: unknown): Pick<SessionInput, 'Tags' | 'TransitiveTagKeys'> {
  if (claim === undefined) return {};
  if (typeof claim !== 'object' || claim === null) throw refused(TAGS_CLAIM);
  const { principal_tags: tags = {}, transitive_tag_keys: transitive = [] }: Readonly<Record<string, unknown>> = { ...claim };
  if (typeof tags !== 'object' || tags === null || !Array.isArray(transitive)) throw refused(TAGS_CLAIM);
  const entries = Object.entries(tags).map(([key, given]: [string, unknown]) => {
    const value: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
    if (!KEY.test(key) || typeof value !== 'string' || !VALUE.test(value)) throw refused(TAGS_CLAIM);
    return { Key: key, Value: value };
  });
  const keys = transitive.filter((key): key is string => typeof key === 'string');
  if (entries.length > TAGS_MAX || keys.length < transitive.length) throw refused(TAGS_CLAIM);
  return { Tags: entries, TransitiveTagKeys: keys };
}

function refused(claim: string): TokenRefused {
  return new TokenRefused('InvalidIdentityToken', `The claim ${claim} of the token is not as it must be.`);
}
