// Signing keys and signatures. A signing key serves one access key for one day, region and service; deriving it takes four HMACs, so
// the last ones used are kept. Bounded, least recently used first out.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hmacKey, hmacSha256 } from '../../hmac.ts';
import type { HmacKey } from '../../hmac.ts';

export interface SigningScope {
  /** All of it in one text: key id, date, region, service. */
  readonly credential: string;
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

/** About 600 bytes each. Ten thousand nodes call a few times an hour: what they miss costs 10 µs. */
const ENTRIES_MAX = 4_096;

export function createSigningKeys(entriesMax = ENTRIES_MAX): SigningKeys {
  const entries = new Map<string, Entry>();
  /** The one that is last in the map: asked again, it stays where it is. */
  let newest: Entry | undefined;

  const keyOf = (scope: SigningScope, secretAccessKey: string): HmacKey => {
    const { credential } = scope;
    const known = entries.get(credential);
    if (known === undefined && entries.size >= entriesMax) entries.delete(entries.keys().next().value!);
    const entry =
      known?.secretAccessKey === secretAccessKey
        ? known
        : { secretAccessKey, key: hmacKey(deriveSigningKey(scope, secretAccessKey)) };
    if (entry !== newest) {
      // Map keeps the order of insertion: the most recently used is last.
      entries.delete(credential);
      entries.set(credential, entry);
      newest = entry;
    }
    return entry.key;
  };

  return {
    verify: (scope, secretAccessKey, text, signature) => isSame(hmacSha256(keyOf(scope, secretAccessKey), text), signature),
  };
}

const SIGNATURE_CHARACTERS = 64;
/** Overwritten by each comparison. Neither holds a secret for longer than one: both are of a call that is being judged. */
const expectedBytes = Buffer.alloc(SIGNATURE_CHARACTERS);
const givenBytes = Buffer.alloc(SIGNATURE_CHARACTERS);

function isSame(expected: string, given: string): boolean {
  if (given.length !== SIGNATURE_CHARACTERS) return false;
  expectedBytes.write(expected, 'latin1');
  givenBytes.write(given, 'latin1');
  return timingSafeEqual(expectedBytes, givenBytes);
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
