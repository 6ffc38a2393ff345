// How access key ids and secrets look: as AWS's, so that every tool that checks their form is content.
import type { Ids } from '../../../platform/ids.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `AKIA`: long lived. `ASIA`: temporary, useless without its session token. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA', ids: Pick<Ids, 'bytes'>): string {
  return prefix + Array.from(ids.bytes(16), (byte) => ALPHABET[byte % 32]).join('');
}

/** Forty characters from thirty bytes. Letters and digits only, so that a double click selects the whole and no shell minds it. */
export function secretOf(bytes: Buffer): string {
  return bytes.subarray(0, 30).toString('base64').replaceAll('+', 'p').replaceAll('/', 's');
}
