// The form of all temporary credentials: no row, everything is in the token, which is sealed under the master key; the secret is derived from the
// access key id. So they outlive a restart, are good on every replica, and cost nothing to hand out.
// Invariant: a token opens only beside the access key id and as the version that it was made with.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Ids } from '../../../platform/ids.ts';
import type { Seal } from '../../../platform/seal/index.ts';
import { newAccessKeyId, secretOf } from '../access-keys/key-material.ts';

export interface TemporaryCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
}

export interface TokenSealer {
  /** `version` names the form of the content. */
  issue(version: number, content: string): TemporaryCredentials;
  /** Undefined when the token is not ours, was changed, or belongs to another key or version. */
  open(version: number, accessKeyId: string, sessionToken: string): string | undefined;
  secretFor(accessKeyId: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
/** The largest that `sessions.ts` makes has 12 KB: what is longer costs no decryption. */
const TOKEN_CHARACTERS_MAX = 16 * 1024;

export function createTokenSealer(seal: Pick<Seal, 'derive'>, ids: Pick<Ids, 'bytes'>): TokenSealer {
  const tokenKey = seal.derive('identity/session-token/1');
  const secretKey = seal.derive('identity/temporary-secret/1');
  const secretFor = (accessKeyId: string): string => secretOf(createHmac('sha256', secretKey).update(accessKeyId).digest());
  return {
    issue(version, content) {
      const accessKeyId = newAccessKeyId('ASIA', ids);
      const sessionToken = sealToken(tokenKey, version, accessKeyId, content, ids.bytes(NONCE_BYTES));
      return { AccessKeyId: accessKeyId, SecretAccessKey: secretFor(accessKeyId), SessionToken: sessionToken };
    },
    open: (version, accessKeyId, sessionToken) =>
      sessionToken.length > TOKEN_CHARACTERS_MAX ? undefined : openToken(tokenKey, version, accessKeyId, sessionToken),
    secretFor,
  };
}

/** What a token says it is; 0 for what is none. */
export function versionOf(sessionToken: string): number {
  return Buffer.from(sessionToken.slice(0, 4), 'base64url')[0] ?? 0;
}

/** version, nonce, ciphertext, tag; the access key id and the version are authenticated with it. */
function sealToken(key: Buffer, version: number, accessKeyId: string, content: string, nonce: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${version}/${accessKeyId}`));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, body, cipher.getAuthTag()]).toString('base64url');
}

function openToken(key: Buffer, version: number, accessKeyId: string, sessionToken: string): string | undefined {
  const bytes = Buffer.from(sessionToken, 'base64url');
  // One spelling only: Node's decoder is lenient.
  if (bytes.length <= HEAD_BYTES + TAG_BYTES || bytes[0] !== version || bytes.toString('base64url') !== sessionToken)
    return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${version}/${accessKeyId}`));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const body = decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
