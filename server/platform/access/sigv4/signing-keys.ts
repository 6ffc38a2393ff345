// Signing keys and signatures. A signing key serves one access key for one day, region and service; deriving it takes four HMACs, so
// the last ones used are kept. Bounded, least recently used first out.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hmacKey, hmacSha256 } from '../../hmac.ts';
import type { HmacKey } from '../../hmac.ts';

export interface SigningScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface SigningKeys {
  /** Whether `signature` (64 hex digits) is the one of `text`. Constant-time in the signature. */
  verify(scope: SigningScope, secretAccessKey: string, text: string, signature: string): boolean;
}

interface Entry {
  readonly secretAccessKey: string;
  readonly key: HmacKey;
}

/** About 400 bytes each. Ten thousand nodes call a few times an hour: what they miss costs 10 µs. */
const ENTRIES_MAX = 4_096;

export function createSigningKeys(entriesMax = ENTRIES_MAX): SigningKeys {
  const entries = new Map<string, Entry>();

  const keyOf = (scope: SigningScope, secretAccessKey: string): HmacKey => {
    const name = `${scope.accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    let entry = entries.get(name);
    if (entry !== undefined && entry.secretAccessKey === secretAccessKey) {
      entries.delete(name);
    } else {
      if (entry === undefined && entries.size >= entriesMax) entries.delete(entries.keys().next().value!);
      entry = { secretAccessKey, key: hmacKey(deriveSigningKey(scope, secretAccessKey)) };
      entries.delete(name);
    }
    // Map keeps the order of insertion: the most recently used is last.
    entries.set(name, entry);
    return entry.key;
  };

  return {
    verify(scope, secretAccessKey, text, signature) {
      const expected = Buffer.from(hmacSha256(keyOf(scope, secretAccessKey), text), 'latin1');
      const given = Buffer.from(signature, 'latin1');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/** The work of a verification for a key that nobody has, so that the time does not tell whether a key exists. */
export function pretendToVerify(scope: SigningScope, text: string): void {
  hmac(deriveSigningKey(scope, 'no such key has this secret, nor any other'), text);
}

function deriveSigningKey({ date, region, service }: SigningScope, secretAccessKey: string): Buffer {
  const ofDate = hmac(Buffer.from(`AWS4${secretAccessKey}`), date);
  return hmac(hmac(hmac(ofDate, region), service), 'aws4_request');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
