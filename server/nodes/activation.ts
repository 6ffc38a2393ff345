// Activations: the right to register a number of machines for a while. The code is shown once; only its hash is kept.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ActivationId, Ids } from '../platform/ids.ts';
import type { Tag } from '../platform/tags/tags.ts';

export interface Activation {
  readonly activationId: ActivationId;
  readonly description: string | undefined;
  readonly defaultInstanceName: string | undefined;
  readonly iamRole: string;
  readonly registrationLimit: number;
  readonly registrationsCount: number;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly tags: readonly Tag[];
}

/** AWS's defaults and bounds. */
export const REGISTRATION_LIMIT_DEFAULT = 1;
export const EXPIRY_DEFAULT_MS = 24 * 60 * 60 * 1000;
export const EXPIRY_MAX_MS = 30 * 24 * 60 * 60 * 1000;

const CODE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 119 bits; agents refuse fewer characters. */
const CODE_CHARACTERS = 20;

export function newCode(ids: Ids): string {
  let code = '';
  while (code.length < CODE_CHARACTERS) {
    for (const byte of ids.bytes(CODE_CHARACTERS * 2)) {
      // Bytes from the last multiple of the alphabet on would favour its beginning.
      if (byte < 256 - (256 % CODE_ALPHABET.length) && code.length < CODE_CHARACTERS)
        code += CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length);
    }
  }
  return code;
}

export function hashCode(code: string): Buffer {
  return createHash('sha256').update(code, 'utf8').digest();
}

export function isCode(code: string, hash: Uint8Array): boolean {
  return timingSafeEqual(hashCode(code), hash);
}

export function isExpired(activation: Activation, now: Date): boolean {
  return activation.expiresAt.getTime() <= now.getTime();
}
