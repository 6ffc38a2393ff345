// Public keys of nodes: what is accepted as one, and which ones a node may sign with now. Pure.
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface PreviousKey {
  readonly key: string;
  readonly until: number;
}

export interface NodeKeyRing {
  /** Base64 SubjectPublicKeyInfo. */
  readonly current: string;
  readonly currentSince: Date;
  /** Newest first. */
  readonly previous: readonly PreviousKey[];
}

/** An agent that dies between sending a new key and storing it goes on with the old one when it is started again, maybe days later. */
const PREVIOUS_KEY_MS = 7 * 24 * 60 * 60 * 1000;
/** A machine in a reboot loop may try often; each try adds one. */
const PREVIOUS_KEYS_MAX = 3;
/** RSA 4096 takes 736 characters. Longer keys make every verification slow. */
const PUBLIC_KEY_CHARACTERS_MAX = 1024;
const MODULUS_BITS_MIN = 2048;
const MODULUS_BITS_MAX = 4096;

/** Undefined for anything but an RSA key of a sane size. */
export function readPublicKey(base64: string, type: string): KeyObject | undefined {
  if (type.toLowerCase() !== 'rsa' || base64.length > PUBLIC_KEY_CHARACTERS_MAX || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= MODULUS_BITS_MIN && bits <= MODULUS_BITS_MAX ? key : undefined;
  } catch {
    // Not a key: the caller says so in its operation's own error.
    return undefined;
  }
}

/** The ring after a change of keys: the old one stays good for a while. */
export function rotate(ring: NodeKeyRing, next: string, now: Date): NodeKeyRing {
  const kept = ring.previous.filter(({ key, until }) => until > now.getTime() && key !== next);
  const previous = [{ key: ring.current, until: now.getTime() + PREVIOUS_KEY_MS }, ...kept].slice(0, PREVIOUS_KEYS_MAX);
  return { current: next, currentSince: now, previous };
}

export function validKeys(ring: NodeKeyRing, now: Date): KeyObject[] {
  const texts = [ring.current, ...ring.previous.filter(({ until }) => until > now.getTime()).map(({ key }) => key)];
  return texts.map((text) => readPublicKey(text, 'Rsa')).filter((key) => key !== undefined);
}
