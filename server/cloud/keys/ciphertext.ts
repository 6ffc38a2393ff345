// What Encrypt gives out. AES-256-GCM under a key of the message's own, which the key's material and a random salt give (so that no count of
// messages wears the material out); the header and the encryption context are authenticated. Pure.
//
//   version 1 | key id 16 | account 6 | material version 4 | check 4 | salt 16 | nonce 12 | ciphertext | tag 16
import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { type HmacKey, hmacKey, hmacSha256 } from '../../platform/hmac.ts';
import type { AccountId, Ids } from '../../platform/ids.ts';
import type { EncryptionContext } from './face.ts';

export interface CiphertextHeader {
  readonly account: AccountId;
  readonly keyId: string;
  readonly version: number;
}

const FORM = 1;
const CHECK_AT = 27;
const SALT_AT = CHECK_AT + 4;
const NONCE_AT = SALT_AT + 16;
const BODY_AT = NONCE_AT + 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const TAG = { authTagLength: TAG_BYTES };

/** Some hundred bytes each. A key and a version of its material have one header, whatever the message. */
const HEADERS_KNOWN_MAX = 2_000;
/** Half a kilobyte each. When full all are forgotten; to make one again takes two hashes. */
const MESSAGE_KEYS_KNOWN_MAX = 1_000;

/** `material`: 32 bytes. */
export function encryptUnder(
  material: Buffer,
  header: CiphertextHeader,
  context: EncryptionContext,
  plaintext: Buffer,
  ids: Pick<Ids, 'bytes'>,
): Buffer {
  const head = Buffer.concat([writeHeader(header), ids.bytes(BODY_AT - SALT_AT)]);
  const cipher = createCipheriv(CIPHER, messageKey(material, saltOf(head)), head.subarray(NONCE_AT), TAG);
  cipher.setAAD(authenticated(head, context));
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined: changed, of another key or of another context. */
export function decryptUnder(material: Buffer, context: EncryptionContext, ciphertext: Buffer): Buffer | undefined {
  const salt = saltOf(ciphertext);
  const known = messageKeys.get(material)?.get(salt);
  const key = known ?? createSecretKey(messageKey(material, salt));
  const decipher = createDecipheriv(CIPHER, key, ciphertext.subarray(NONCE_AT, BODY_AT), TAG);
  decipher.setAAD(authenticated(ciphertext, context));
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES));
  const body = ciphertext.subarray(BODY_AT, ciphertext.length - TAG_BYTES);
  try {
    const plaintext = decipher.update(body);
    // A stream cipher keeps nothing back: what comes now is the proof alone.
    decipher.final();
    if (known === undefined) remember(material, salt, key);
    return plaintext;
  } catch {
    return undefined;
  }
}

/** Undefined: nothing of ours, or damaged. That it was made by us is proven by decrypting alone. */
export function readHeader(ciphertext: Buffer): CiphertextHeader | undefined {
  if (ciphertext.length < BODY_AT + TAG_BYTES || ciphertext[0] !== FORM) return undefined;
  // With its check: what is known was not damaged.
  const text = ciphertext.toString('latin1', 0, SALT_AT);
  const known = knownHeaders.get(text);
  if (known !== undefined) return known;
  if (!checkOf(ciphertext).equals(ciphertext.subarray(CHECK_AT, SALT_AT))) return undefined;
  const hex = ciphertext.toString('hex', 1, 17);
  const header = {
    keyId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve digits were written
    account: String(ciphertext.readUIntBE(17, 6)).padStart(12, '0') as AccountId,
    version: ciphertext.readUInt32BE(23),
  };
  if (knownHeaders.size >= HEADERS_KNOWN_MAX) knownHeaders.clear();
  knownHeaders.set(text, header);
  return header;
}

const knownHeaders = new Map<string, CiphertextHeader>();

function writeHeader({ account, keyId, version }: CiphertextHeader): Buffer {
  const head = Buffer.alloc(SALT_AT);
  head[0] = FORM;
  head.write(keyId.replaceAll('-', ''), 1, 'hex');
  head.writeUIntBE(Number(account), 17, 6);
  head.writeUInt32BE(version, 23);
  checkOf(head).copy(head, CHECK_AT);
  return head;
}

/** Tells a damaged header from that of a key which is not there; secures nothing. */
function checkOf(head: Buffer): Buffer {
  return hash('sha256', head.subarray(0, CHECK_AT), 'buffer').subarray(0, SALT_AT - CHECK_AT);
}

const saltOf = (head: Buffer): string => head.toString('latin1', SALT_AT, NONCE_AT);

function messageKey(material: Buffer, salt: string): Buffer {
  const known = messageKeyMakers.get(material) ?? hmacKey(material);
  messageKeyMakers.set(material, known);
  return Buffer.from(hmacSha256(known, `muster kms message key 1${salt}`), 'hex');
}

/** For as long as a material is held. */
const messageKeyMakers = new WeakMap<Buffer, HmacKey>();

/**
 * What is read is read again. By material and salt, of messages that have proved to be ours, for as long as the material is held: it gives them away
 * just as well.
 */
let messageKeys = new WeakMap<Buffer, Map<string, KeyObject>>();
/** Those of materials that are gone are counted until all are forgotten. */
let messageKeysKnown = 0;

function remember(material: Buffer, salt: string, key: KeyObject): void {
  if (messageKeysKnown >= MESSAGE_KEYS_KNOWN_MAX) {
    messageKeys = new WeakMap();
    messageKeysKnown = 0;
  }
  const known = messageKeys.get(material) ?? new Map<string, KeyObject>();
  messageKeys.set(material, known.set(salt, key));
  messageKeysKnown += 1;
}

/** The header (salt and nonce with it) has one length; of the context, whatever the order in which it was given, there is one text. */
function authenticated(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context);
  if (pairs.length > 1) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(pairs);
  const bytes = Buffer.allocUnsafe(BODY_AT + Buffer.byteLength(text));
  head.copy(bytes, 0, 0, BODY_AT);
  bytes.write(text, BODY_AT);
  return bytes;
}
