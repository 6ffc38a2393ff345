// The key that signs what the server says about its journal: Ed25519, derived from the seal. So it lies in no table that somebody could
// exchange, is the same on every replica, and is lost only with the master key.
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
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

export function createJournalSigner(seal: Pick<Seal, 'derive'>): JournalSigner {
  const der = Buffer.concat([PKCS8_HEAD, seal.derive('journal/signing-key/1')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    fingerprint: hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    verifies: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64')),
  };
}
