// HMAC-SHA256 by its definition (RFC 2104), for what is signed on every call: two one-shot hashes over blocks that are made once a key.
// `createHmac` makes a native object a message, which takes longer than to hash, and longer again to collect. Text is one character a byte.
import { hash } from 'node:crypto';

/** The two blocks that are hashed in front: the key, padded and masked. As secret as the key. */
export interface HmacKey {
  readonly inner: string;
  readonly outer: string;
}

/** SHA-256's block. Longer keys would be hashed first; ours are 32 bytes. */
const BLOCK_BYTES = 64;

export function hmacKey(key: Buffer): HmacKey {
  if (key.length > BLOCK_BYTES) throw new Error(`a key of ${key.length} bytes: at most ${BLOCK_BYTES} are taken`);
  const block = Buffer.concat([key], BLOCK_BYTES);
  const masked = (mask: number) => Buffer.from(block.map((byte) => byte ^ mask)).toString('latin1');
  return { inner: masked(0x36), outer: masked(0x5c) };
}

/** In hex. */
export function hmacSha256({ inner, outer }: HmacKey, text: string): string {
  const digest = hash('sha256', Buffer.from(inner + text, 'latin1'), 'binary');
  return hash('sha256', Buffer.from(outer + digest, 'latin1'), 'hex');
}
