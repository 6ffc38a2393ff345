// Values above what KMS encrypts itself: a data key of their own encrypts them (AES-256-GCM), KMS encrypts the data key. What is authenticated: the
// encryption context, so that a value moved to another parameter does not open. Pure.
//
//   form 2 | length of the wrapped key 2 | wrapped key | nonce 12 | ciphertext | tag 16          (KMS's own begin with 1)
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** As KMS's Encrypt. */
export const DIRECT_BYTES_MAX = 4096;
export const DATA_KEY_BYTES = 32;

const FORM = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export function closeEnvelope(plaintext: Buffer, dataKey: Buffer, wrappedKey: Buffer, nonce: Buffer, context: string): Buffer {
  const head = Buffer.alloc(3);
  head[0] = FORM;
  head.writeUInt16BE(wrappedKey.length, 1);
  const cipher = createCipheriv(CIPHER, dataKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([head, wrappedKey, Buffer.from(context)]));
  return Buffer.concat([head, wrappedKey, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export const isEnvelope = (ciphertext: Buffer): boolean => ciphertext[0] === FORM;

/** What KMS is to decrypt; the ciphertext itself where there is no envelope. */
export function wrappedKeyOf(ciphertext: Buffer): Buffer {
  return isEnvelope(ciphertext) ? ciphertext.subarray(3, 3 + ciphertext.readUInt16BE(1)) : ciphertext;
}

/** Of an envelope. `opened`: what KMS made of the wrapped key. Throws when the value was changed or belongs elsewhere. */
export function openEnvelope(ciphertext: Buffer, opened: Buffer, context: string): Buffer {
  const nonceAt = 3 + ciphertext.readUInt16BE(1);
  const bodyAt = nonceAt + NONCE_BYTES;
  const decipher = createDecipheriv(CIPHER, opened, ciphertext.subarray(nonceAt, bodyAt), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([ciphertext.subarray(0, nonceAt), Buffer.from(context)]));
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES));
  return Buffer.concat([decipher.update(ciphertext.subarray(bodyAt, ciphertext.length - TAG_BYTES)), decipher.final()]);
}
