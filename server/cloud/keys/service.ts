// Keys as other domains use them, and what KMS's own operations do with a key once they may.
import type { NowOrLater } from '../../platform/access/authenticator.ts';
import { fail } from '../../platform/api/errors.ts';
import type { MacAlgorithmSpec } from '../../platform/api/models/kms.types.gen.ts';
import type { Ids, Scope } from '../../platform/ids.ts';
import type { Database } from '../../platform/store/index.ts';
import { type CiphertextHeader, decryptUnder, encryptUnder, readHeader } from './ciphertext.ts';
import type { CiphertextKey, EncryptionContext, KeyService, ResolvedKey } from './face.ts';
import { grantsFor } from './grants/granted.ts';
import { type Key, keyArn, usageOf, whyUnusable } from './key.ts';
import type { HeldKey, KeyRing } from './key-ring.ts';
import { isMacSpec, MAC_KINDS, macOf } from './mac.ts';
import { permissionOf } from './policy.ts';

export const PLAINTEXT_BYTES_MAX = 4_096;
/** What KMS takes of a context, as JSON. */
export const CONTEXT_BYTES_MAX = 8_192;
/** What JSON makes of one character at most (`\u0000`), what it puts around a name and a value, and around all. */
const JSON_BYTES_MAX = 6;
const JSON_BETWEEN = '"":"",'.length;
const JSON_BRACES = 2;

export function createKeyService(keys: {
  readonly ring: KeyRing;
  readonly ids: Pick<Ids, 'bytes'>;
  readonly database: Database;
}): KeyService {
  const { ring, ids } = keys;
  const resolved = resolver(keys);
  return {
    async encrypt(tx, scope, { keyId, plaintext, context }) {
      const held = await ring.get(scope, keyId, tx);
      return { ciphertext: encryptWith(held, context, plaintext, ids), keyArn: held.arn };
    },
    async decrypt(scope, { ciphertext, context }) {
      const { held, header } = await keyOfCiphertext(ring, scope, ciphertext);
      return { plaintext: decryptWith(held, header, context, ciphertext), keyArn: held.arn };
    },
    resolveKey: async (scope, name) => resolved(await ring.get(scope, name)),
    keyOf(scope, ciphertext) {
      const open = ({ held, header }: KeyOfCiphertext): CiphertextKey => ({
        key: resolved(held),
        decrypt: (context) => decryptWith(held, header, context, ciphertext),
      });
      const found = keyOfCiphertext(ring, scope, ciphertext);
      return found instanceof Promise ? found.then(open) : open(found);
    },
  };
}

/** One and the same for as long as the key is held. */
function resolver(keys: { readonly database: Database }): (held: HeldKey) => ResolvedKey {
  const known = new WeakMap<HeldKey, ResolvedKey>();
  return (held) => {
    const before = known.get(held);
    if (before !== undefined) return before;
    const { key, arn } = held;
    const { account, region, keyId } = key;
    const permission: ResolvedKey['permission'] = (use) => permissionOf(key, use, grantsFor(keys, key, use));
    const resolved = { account, region, keyId, keyArn: arn, permission };
    known.set(held, resolved);
    return resolved;
  };
}

export function encryptWith(
  held: HeldKey,
  context: EncryptionContext,
  plaintext: Buffer,
  ids: Pick<Ids, 'bytes'>,
  operation = 'Encrypt',
): Buffer {
  requireUsable(held);
  requireUsage(held.key, 'ENCRYPT_DECRYPT', operation);
  if (plaintext.length > PLAINTEXT_BYTES_MAX)
    fail(
      'ValidationException',
      `plaintext: ${plaintext.length} bytes; at most ${PLAINTEXT_BYTES_MAX} can be encrypted directly.`,
    );
  requireContext(context);
  requireDistinctNames(context);
  const { key, materials } = held;
  const material = materials.get(key.version);
  if (material === undefined) throw new Error(`${keyArn(key, key.keyId)} has no material of version ${key.version}`);
  return encryptUnder(material.bytes, key, context, plaintext, ids);
}

export function decryptWith(
  held: HeldKey,
  { version }: CiphertextHeader,
  context: EncryptionContext,
  ciphertext: Buffer,
): Buffer {
  requireUsable(held);
  // A MAC of a key for MACs could be the key of a message that its maker then writes.
  requireUsage(held.key, 'ENCRYPT_DECRYPT', 'Decrypt');
  requireContext(context);
  const material = held.materials.get(version);
  const plaintext = material === undefined ? undefined : decryptUnder(material.bytes, context, ciphertext);
  return plaintext ?? fail('InvalidCiphertextException', '');
}

export function macWith(held: HeldKey, algorithm: MacAlgorithmSpec, message: Buffer, operation: string): Buffer {
  requireUsable(held);
  requireUsage(held.key, 'GENERATE_VERIFY_MAC', operation);
  const { key, materials } = held;
  const material = materials.get(key.version);
  if (!isMacSpec(key.spec) || material === undefined) throw new Error(`${keyArn(key, key.keyId)} has no material for MACs`);
  if (MAC_KINDS[key.spec].algorithm !== algorithm)
    fail('InvalidKeyUsageException', `Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`);
  return macOf(material.bytes, key.spec, message);
}

export interface KeyOfCiphertext {
  readonly held: HeldKey;
  readonly header: CiphertextHeader;
}

/** Region and account stand in the ciphertext or are the caller's: of another region's key nothing is known here. */
export function keyOfCiphertext(ring: KeyRing, scope: Scope, ciphertext: Buffer): NowOrLater<KeyOfCiphertext> {
  const header = readHeader(ciphertext) ?? fail('InvalidCiphertextException', '');
  const held = ring.find({ account: header.account, region: scope.region }, header.keyId);
  if (held instanceof Promise) return held.then((loaded) => ({ held: loaded ?? refuseCiphertext(), header }));
  return { held: held ?? refuseCiphertext(), header };
}

export function refuseCiphertext(): never {
  return fail('AccessDeniedException', GONE);
}

const GONE =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';

export function requireUsable({ key }: HeldKey): void {
  requireUsableKey(key);
}

export function requireUsage(key: Key, wanted: ReturnType<typeof usageOf>, operation: string): void {
  const usage = usageOf(key);
  if (usage !== wanted)
    fail('InvalidKeyUsageException', `${keyArn(key, key.keyId)} key usage is ${usage} which is not valid for ${operation}.`);
}

export function requireRotatable(key: Key): void {
  if (usageOf(key) !== 'ENCRYPT_DECRYPT')
    fail('UnsupportedOperationException', `${keyArn(key, key.keyId)} is of KeySpec ${key.spec}: keys for MACs do not rotate.`);
}

export function requireUsableKey(key: Key): void {
  const why = whyUnusable(key);
  if (why !== undefined) fail(why.code, why.message);
}

export function requireContext(context: EncryptionContext): void {
  let sizeMax = JSON_BRACES;
  for (const name of Object.keys(context))
    sizeMax += (name.length + (context[name] ?? '').length) * JSON_BYTES_MAX + JSON_BETWEEN;
  // Most are far from it: nobody need count.
  if (sizeMax <= CONTEXT_BYTES_MAX) return;
  const size = Buffer.byteLength(JSON.stringify(context));
  if (size > CONTEXT_BYTES_MAX)
    fail('ValidationException', `encryptionContext: ${size} bytes as JSON; at most ${CONTEXT_BYTES_MAX} are taken.`);
}

/** Condition keys have no case: one name would answer for the other, and nothing that was made so could be told apart by a policy. */
function requireDistinctNames(context: EncryptionContext): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(context)) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined)
      fail(
        'ValidationException',
        `encryptionContext: ${other} and ${name} differ in case alone; policies could not tell them apart.`,
      );
    seen.set(name.toLowerCase(), name);
  }
}
