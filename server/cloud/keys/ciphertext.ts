// What Encrypt gives out. AES-256-GCM under a key of the message's own, which the key's material and a random salt give (so that no count of
// messages wears the material out); the header and the encryption context are authenticated. Pure.
//
//   version 1 | key id 16 | account 6 | material version 4 | check 4 | salt 16 | nonce 12 | ciphertext | tag 16
import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
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

/** `material`: 32 bytes. */
export function encryptUnder(
  material: Buffer,
  header: CiphertextHeader,
  context: EncryptionContext,
  plaintext: Buffer,
  ids: Pick<Ids, 'bytes'>,
): Buffer {
  const head = Buffer.concat([writeHeader(header), ids.bytes(BODY_AT - SALT_AT)]);
  const cipher = createCipheriv(CIPHER, messageKey(material, head), head.subarray(NONCE_AT), { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(head, context));
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined: changed, of another key or of another context. */
export function decryptUnder(material: Buffer, context: EncryptionContext, ciphertext: Buffer): Buffer | undefined {
  const head = ciphertext.subarray(0, BODY_AT);
  const decipher = createDecipheriv(CIPHER, messageKey(material, head), head.subarray(NONCE_AT), { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(head, context));
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES));
  const body = ciphertext.subarray(BODY_AT, ciphertext.length - TAG_BYTES);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Undefined: nothing of ours, or damaged. That it was made by us is proven by decrypting alone. */
export function readHeader(ciphertext: Buffer): CiphertextHeader | undefined {
  if (ciphertext.length < BODY_AT + TAG_BYTES || ciphertext[0] !== FORM) return undefined;
  if (!checkOf(ciphertext).equals(ciphertext.subarray(CHECK_AT, SALT_AT))) return undefined;
  const hex = ciphertext.toString('hex', 1, 17);
  return {
    keyId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve digits were written
    account: String(ciphertext.readUIntBE(17, 6)).padStart(12, '0') as AccountId,
    version: ciphertext.readUInt32BE(23),
  };
}

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

function messageKey(material: Buffer, head: Buffer): Buffer {
  const known = messageKeyMakers.get(material) ?? hmacKey(material);
  messageKeyMakers.set(material, known);
  return Buffer.from(hmacSha256(known, `muster kms message key 1${head.toString('latin1', SALT_AT, NONCE_AT)}`), 'hex');
}

/** For as long as a material is held. */
const messageKeyMakers = new WeakMap<Buffer, HmacKey>();

/** The header has one length; of the context, whatever the order in which it was given, there is one text. */
function authenticated(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}
