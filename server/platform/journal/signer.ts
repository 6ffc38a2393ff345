// The key that signs what the server says about its journal: Ed25519, derived from the seal. So it lies in no table that somebody could
// exchange, is the same on every replica, and is lost only with the master key. What was signed before the master key was rotated still verifies.
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import type { Seal } from '../seal/index.ts';

export interface JournalSigner {
  /** PEM. */
  readonly publicKey: string;
  /** SHA-256 of the public key, hexadecimal: what people compare. */
  readonly fingerprint: string;
  /** Base64. */
  sign(text: string): string;
  verifies(text: string, signature: string): boolean;
}

/** PKCS#8 around the 32 bytes of an Ed25519 key (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What the seal derives the key for; kept when the master key is rotated. */
export const SIGNING_PURPOSE = 'journal/signing-key/1';

export function createJournalSigner(seal: Pick<Seal, 'derive' | 'former'>): JournalSigner {
  const privateKey = privateKeyOf(seal.derive(SIGNING_PURPOSE));
  const publicKey = createPublicKey(privateKey);
  const former = seal.former(SIGNING_PURPOSE).map((seed) => createPublicKey(privateKeyOf(seed)));
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    fingerprint: hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    verifies: (text, signature) =>
      [publicKey, ...former].some((key) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))),
  };
}

function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}
