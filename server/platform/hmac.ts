// HMAC-SHA256 by its definition (RFC 2104), for what is signed on every call: two one-shot hashes over blocks that are made once a key.
// `createHmac` makes a native object a message, which takes longer than to hash, and longer again to collect. Text is one character a byte.
import { hash } from 'node:crypto';

/** Two messages that begin with the key's blocks, padded and masked, and have room for the rest. As secret as the key. */
export interface HmacKey {
  inner: Buffer;
  readonly outer: Buffer;
}

/** SHA-256's block. Longer keys would be hashed first; ours are 32 bytes. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** A longer message gets a place of its own, which is not kept. */
const KEPT_TEXT_MAX = 1_024;

export function hmacKey(key: Buffer): HmacKey {
  if (key.length > BLOCK_BYTES) throw new Error(`a key of ${key.length} bytes: at most ${BLOCK_BYTES} are taken`);
  const block = Buffer.concat([key], BLOCK_BYTES);
  const masked = (mask: number, room: number) => Buffer.concat([block.map((byte) => byte ^ mask)], BLOCK_BYTES + room);
  return { inner: masked(0x36, 0), outer: masked(0x5c, DIGEST_BYTES) };
}

/** In hex. */
export function hmacSha256(key: HmacKey, text: string): string {
  const { outer } = key;
  const inner = roomFor(key, text.length);
  inner.write(text, BLOCK_BYTES, 'latin1');
  outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'latin1');
  return hash('sha256', outer, 'hex');
}

/** What is signed with one key has nearly always one length. */
function roomFor(key: HmacKey, length: number): Buffer {
  if (key.inner.length === BLOCK_BYTES + length) return key.inner;
  const inner = Buffer.alloc(BLOCK_BYTES + length);
  key.inner.copy(inner, 0, 0, BLOCK_BYTES);
  if (length <= KEPT_TEXT_MAX) key.inner = inner;
  return inner;
}
