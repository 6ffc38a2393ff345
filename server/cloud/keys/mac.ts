// Keys that make and verify MACs: each kind has one algorithm, and the material is as long as its hash. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MacAlgorithmSpec } from '../../platform/api/models/kms.types.gen.ts';

export type MacSpec = 'HMAC_224' | 'HMAC_256' | 'HMAC_384' | 'HMAC_512';

interface MacKind {
  readonly algorithm: MacAlgorithmSpec;
  readonly hash: string;
  readonly bytes: number;
}

export const MAC_KINDS: Readonly<Record<MacSpec, MacKind>> = {
  HMAC_224: { algorithm: 'HMAC_SHA_224', hash: 'sha224', bytes: 28 },
  HMAC_256: { algorithm: 'HMAC_SHA_256', hash: 'sha256', bytes: 32 },
  HMAC_384: { algorithm: 'HMAC_SHA_384', hash: 'sha384', bytes: 48 },
  HMAC_512: { algorithm: 'HMAC_SHA_512', hash: 'sha512', bytes: 64 },
};

export function isMacSpec(spec: string): spec is MacSpec {
  return Object.hasOwn(MAC_KINDS, spec);
}

export function macOf(material: Buffer, spec: MacSpec, message: Buffer): Buffer {
  return createHmac(MAC_KINDS[spec].hash, material).update(message).digest();
}

/** In the same time for every MAC of the right length. */
export function isMac(mac: Buffer, made: Buffer): boolean {
  return mac.length === made.length && timingSafeEqual(mac, made);
}
