// Envelope encryption of secrets at rest. Every secret gets a data key of its own (AES-256-GCM); the master key wraps only data
// keys. The context (what the secret is and whose) is authenticated, so that a sealed value moved to another row does not open.
// Form: `v1:<master key id>:<base64url of wrapped data key and ciphertext>`. No error ever carries plaintext or key material.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Ids } from '../ids.ts';
import { loadMasterKey } from './master-key.ts';
import type { MasterKeySource } from './master-key.ts';

export interface Seal {
  /** `context` says what is sealed, such as `identity/access-key/<id>`; the same one opens it. */
  seal(plaintext: Buffer, context: string): string;
  /** Throws SealError when the value was changed, belongs elsewhere, or was sealed under another master key. */
  unseal(sealed: string, context: string): Buffer;
  /** A key for one purpose (page tokens, session tokens, …): stable for as long as the master key is. */
  derive(purpose: string, sizeBytes?: number): Buffer;
  /** What `derive` gave for a purpose under master keys that were rotated away, where it was kept: to verify old signatures, never to make new. */
  former(purpose: string): readonly Buffer[];
  /** Names the master key without revealing it. */
  readonly keyId: string;
}

/** Where sealed values lie: what a rotation of the master key seals anew. Every domain that seals names its own. */
export interface SealedColumn {
  readonly table: string;
  /** The table's primary key. */
  readonly key: readonly string[];
  readonly column: string;
  /** As given to `seal`, from the key's columns. */
  context(row: Readonly<Record<string, unknown>>): string;
}

export class SealError extends Error {
  override readonly name = 'SealError';
}

export interface OpenSealOptions {
  readonly dataDir: string;
  /** Default: `<dataDir>/master.key`. */
  readonly source?: MasterKeySource;
  /** False where there is data already: a missing master key is then refused, since a new one could open nothing. Default true. */
  readonly mayCreate?: boolean;
  readonly ids: Pick<Ids, 'bytes'>;
}

const VERSION = 'v1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/** A sealed secret is a key, a password, a parameter value; anything larger belongs into a blob. */
const PLAINTEXT_BYTES_MAX = 1024 * 1024;

export function openSeal(options: OpenSealOptions): Seal {
  return sealWith(loadMasterKey(options), options.ids);
}

/** Of a sealed value: the `keyId` of the seal that made it. */
export function sealedUnder(sealed: string): string {
  return sealed.split(':')[1] ?? '';
}

/** The beginning of every value that the seal of this `keyId` makes. */
export function sealPrefix(keyId: string): string {
  return `${VERSION}:${keyId}:`;
}

/** Seals with `current` and opens what either sealed: for the time of a rotation. */
export function sealAcross(current: Seal, previous: Seal): Seal {
  return {
    ...current,
    unseal: (sealed, context) => (sealedUnder(sealed) === previous.keyId ? previous : current).unseal(sealed, context),
  };
}

/** `master`: 32 bytes. */
export function sealWith(master: Buffer, ids: Pick<Ids, 'bytes'>): Seal {
  const derive = (purpose: string, sizeBytes = KEY_BYTES): Buffer =>
    Buffer.from(hkdfSync('sha256', master, 'muster', purpose, sizeBytes));
  // The master key itself encrypts nothing: only keys derived from it do.
  const wrappingKey = derive('seal/wrap/1');
  const keyId = derive('seal/key-id/1', 8).toString('hex');
  const prefix = sealPrefix(keyId);

  return {
    keyId,
    derive,
    former: () => [],
    seal(plaintext, context) {
      if (plaintext.length > PLAINTEXT_BYTES_MAX) throw new SealError(`more than ${PLAINTEXT_BYTES_MAX} bytes cannot be sealed`);
      const dataKey = ids.bytes(KEY_BYTES);
      const wrapped = encrypt(wrappingKey, ids.bytes(NONCE_BYTES), dataKey, prefix);
      const body = encrypt(dataKey, ids.bytes(NONCE_BYTES), plaintext, prefix + context);
      dataKey.fill(0);
      return prefix + Buffer.concat([wrapped, body]).toString('base64url');
    },
    unseal(sealed, context) {
      const [version, sealedUnder, encoded, ...rest] = sealed.split(':');
      if (version !== VERSION || encoded === undefined || rest.length > 0)
        throw new SealError('not a sealed value of this version');
      if (sealedUnder !== keyId) {
        throw new SealError(
          `sealed under master key ${String(sealedUnder).slice(0, 16)}, this server holds ${keyId}: restore the right master key, or name it with --master-key-file`,
        );
      }
      const bytes = Buffer.from(encoded, 'base64url');
      // Node's decoder skips what it does not know; a sealed value has exactly one spelling.
      if (bytes.toString('base64url') !== encoded) throw new SealError('not a sealed value');
      const dataKey = decrypt(wrappingKey, bytes.subarray(0, WRAPPED_BYTES), prefix);
      return decrypt(dataKey, bytes.subarray(WRAPPED_BYTES), prefix + context);
    },
  };
}

/** nonce, ciphertext, tag. */
function encrypt(key: Buffer, nonce: Buffer, plaintext: Buffer, authenticated: string): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(authenticated));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, bytes: Buffer, authenticated: string): Buffer {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealError('a sealed value is cut short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(authenticated));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealError('a sealed value was changed or belongs elsewhere');
  }
}
