// NextToken: where the next page starts, sealed. Opaque, because positions are keys of our tables; tamper-evident and bound to what
// was listed by whom, so that a token of one operation or account is worth nothing in another. No state, no expiry.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { fail } from '../api/errors.ts';
import type { Scope } from '../ids.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface PageTokens {
  /** `kind`: the operation. `position`: what the next page starts after; about 600 bytes of JSON at most. */
  encode(kind: string, scope: Scope, position: JsonValue): string;
  /** Throws InvalidNextToken. */
  decode(kind: string, scope: Scope, token: string): JsonValue;
}

/** Shorter than the shortest NextToken limit of the service models. */
const TOKEN_CHARACTERS_MAX = 1_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** `key`: 32 secret bytes, the same on every replica. `charactersMax`: for operations whose model bounds NextToken further away, or not at all. */
export function createPageTokens(key: Buffer, charactersMax = TOKEN_CHARACTERS_MAX): PageTokens {
  if (key.length < 32) throw new Error('Page tokens need a key of at least 32 bytes.');
  const cipherKey = Buffer.from(hkdfSync('sha256', key, '', 'muster page token cipher', 32));
  const nonceKey = Buffer.from(hkdfSync('sha256', key, '', 'muster page token nonce', 32));

  return {
    encode(kind, scope, position) {
      const context = contextOf(kind, scope);
      const plain = Buffer.from(JSON.stringify(position));
      // The nonce is a keyed hash of all that is sealed: it repeats only for the very same token.
      const nonce = createHmac('sha256', nonceKey).update(context).update('\0').update(plain).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, cipherKey, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
      const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      const token = sealed.toString('base64url');
      if (token.length > charactersMax) {
        throw new RangeError(`A page position of ${plain.length} bytes does not fit into a token: put less into it.`);
      }
      return token;
    },

    decode(kind, scope, token) {
      const plain = token.length > charactersMax ? undefined : open(cipherKey, contextOf(kind, scope), token);
      if (plain === undefined) return fail('InvalidNextToken', 'The specified token is not valid.');
      return JSON.parse(plain) as JsonValue;
    },
  };
}

function open(key: Buffer, context: Buffer, token: string): string | undefined {
  const sealed = Buffer.from(token, 'base64url');
  // Base64 has spare bits and ignores strange characters: only the one spelling that we gave out counts.
  if (sealed.length < NONCE_BYTES + TAG_BYTES || sealed.toString('base64url') !== token) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(context).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

function contextOf(kind: string, scope: Scope): Buffer {
  return Buffer.from(JSON.stringify([kind, scope.account, scope.region]));
}
