// Temporary credentials of nodes, without a row each: the session token is sealed under the master key and says who it is for and until
// when, the secret is derived from the key id. So they outlive a restart, are good on every replica, and cost nothing to hand out.
// Invariant: a token opens only beside the access key id it was made with.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { NodePrincipal } from '../../platform/access/principal.ts';
import { nodePrincipal } from '../../platform/access/principals.ts';
import type { AccountId, Ids, NodeId, Region, Scope } from '../../platform/ids.ts';
import type { Seal } from '../../platform/seal/index.ts';
import { newAccessKeyId, secretOf } from './key-material.ts';

export interface NodeCredentialsRequest {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  readonly roleName: string;
  readonly now: Date;
  readonly lifetimeSeconds: number;
}

export interface NodeCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly expiresAt: Date;
}

export interface OpenedCredentials {
  readonly secretAccessKey: string;
  readonly principal: NodePrincipal;
  readonly expiresAtMs: number;
}

export interface NodeCredentialsIssuer {
  issue(request: NodeCredentialsRequest): NodeCredentials;
  /** Undefined when the token is not ours, was changed, or belongs to another key. Expiry and registration are the caller's to judge. */
  open(accessKeyId: string, sessionToken: string): OpenedCredentials | undefined;
}

/** What a token says, as an array, since it travels with every request. */
type TokenContent = readonly [account: AccountId, region: Region, nodeId: NodeId, roleName: string, expiresAtSeconds: number];

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
/** Every live node of a large replica; about 700 bytes each. A miss costs one decryption, 5 µs. */
const OPENED_MAX = 10_000;

export function createNodeCredentials(seal: Pick<Seal, 'derive'>, ids: Pick<Ids, 'bytes'>): NodeCredentialsIssuer {
  const tokenKey = seal.derive('identity/session-token/1');
  const secretKey = seal.derive('identity/temporary-secret/1');
  const opened = new Map<string, OpenedCredentials>();

  const secretFor = (accessKeyId: string): string => secretOf(createHmac('sha256', secretKey).update(accessKeyId).digest());

  const unlock = (accessKeyId: string, sessionToken: string): OpenedCredentials | undefined => {
    const content = openToken(tokenKey, accessKeyId, sessionToken);
    if (content === undefined) return undefined;
    const [account, region, nodeId, roleName, expiresAtSeconds] = content;
    const scope = { account, region };
    return {
      secretAccessKey: secretFor(accessKeyId),
      principal: nodePrincipal({ scope, nodeId, roleName, accessKeyId, signedWith: 'role-credentials' }),
      expiresAtMs: expiresAtSeconds * 1000,
    };
  };

  return {
    issue({ scope, nodeId, roleName, now, lifetimeSeconds }) {
      const accessKeyId = newAccessKeyId('ASIA', ids);
      const expiresAtSeconds = Math.floor(now.getTime() / 1000) + lifetimeSeconds;
      const content: TokenContent = [scope.account, scope.region, nodeId, roleName, expiresAtSeconds];
      return {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretFor(accessKeyId),
        SessionToken: sealToken(tokenKey, accessKeyId, content, ids.bytes(NONCE_BYTES)),
        expiresAt: new Date(expiresAtSeconds * 1000),
      };
    },
    open(accessKeyId, sessionToken) {
      const name = `${accessKeyId}/${sessionToken}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const fresh = unlock(accessKeyId, sessionToken);
      if (fresh !== undefined) {
        // The oldest goes first: tokens are replaced after half their life anyway.
        if (opened.size >= OPENED_MAX) opened.delete(opened.keys().next().value!);
        opened.set(name, fresh);
      }
      return fresh;
    },
  };
}

/** version, nonce, ciphertext, tag; the access key id and the version are authenticated with it. */
function sealToken(key: Buffer, accessKeyId: string, content: TokenContent, nonce: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${VERSION}/${accessKeyId}`));
  const body = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), nonce, body, cipher.getAuthTag()]).toString('base64url');
}

function openToken(key: Buffer, accessKeyId: string, sessionToken: string): TokenContent | undefined {
  const bytes = Buffer.from(sessionToken, 'base64url');
  // One spelling only: Node's decoder is lenient.
  if (bytes.length <= HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION || bytes.toString('base64url') !== sessionToken)
    return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${VERSION}/${accessKeyId}`));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const text = Buffer.concat([
      decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES)),
      decipher.final(),
    ]).toString();
    // What opens under our key was written by `sealToken`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(text) as TokenContent;
  } catch {
    return undefined;
  }
}
