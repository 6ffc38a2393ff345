// Two calls that a registered node signs with its own RSA key, because it has no credentials yet or changes the key. Everything is as
// in SigV4 (canonical request, string to sign), but the access key id is the node's id and the signature RSASSA-PSS over the string to
// sign: SHA-256, salt of 32 bytes, base64. Observed of the stock agent; its body comes chunked, its x-amz-content-sha256 unsigned.
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { NodeId } from '../../ids.ts';
import { ApiError } from '../../api/errors.ts';
import type { Authenticator } from '../authenticator.ts';
import type { NodeKeySource } from '../ports.ts';
import { nodePrincipal } from '../principals.ts';
import { canonicalRequest, stringToSign } from '../sigv4/canonical.ts';
import { checkFresh, checkScope, checkSignedHeaders } from '../sigv4/checks.ts';
import type { ScopePolicy } from '../sigv4/checks.ts';
import { BASE64_SIGNATURE, claimOfHeader } from '../sigv4/claim.ts';
import { unrecognizedClient, wrongSignature } from '../sigv4/refusals.ts';

export interface NodeRsaOptions extends ScopePolicy {
  readonly nodeKeys: NodeKeySource;
}

const TARGETS = new Set(['AmazonSSM.RequestManagedInstanceRoleToken', 'AmazonSSM.UpdateManagedInstancePublicKey']);
const SALT_BYTES = 32;

export function createNodeRsa(options: NodeRsaOptions): Authenticator {
  return {
    name: 'node-rsa',
    claims: (head) => namesNode(head.headers.get('authorization')),
    async begin(head, signingName) {
      const claim = claimOfHeader(head.headers, BASE64_SIGNATURE);
      // For every other operation a node's id is simply not an access key.
      if (!TARGETS.has(head.headers.get('x-amz-target') ?? '')) throw unrecognizedClient();
      const region = checkScope(claim, signingName, options);
      checkFresh(claim, head.receivedAt);
      checkSignedHeaders(claim, head.headers);
      if (!isNodeId(claim.accessKeyId)) throw unrecognizedClient();

      const keys = await options.nodeKeys.find(claim.accessKeyId);
      // The code by which an agent learns that its node was deregistered.
      if (keys === undefined || keys.scope.region !== region) throw new ApiError('InvalidInstanceId', '');
      const principal = nodePrincipal({
        scope: keys.scope,
        nodeId: claim.accessKeyId,
        roleName: keys.roleName,
        accessKeyId: claim.accessKeyId,
        signedWith: 'node-key',
      });
      return {
        identity: { principal, region },
        confirm(bodySha256) {
          const { signedHeaders, signature } = claim;
          const canonical = canonicalRequest(head, signedHeaders, bodySha256);
          if (!keys.publicKeys.some((key) => signedWith(key, stringToSign(claim, canonical), signature))) throw wrongSignature();
        },
      };
    },
  };
}

/** Every signed request is asked: two searches for a fixed text cost less than a pattern. */
function namesNode(authorization: string | undefined): boolean {
  return authorization?.startsWith('AWS4-HMAC-SHA256 ') === true && authorization.includes('Credential=mi-');
}

function signedWith(key: KeyObject, text: string, signature: string): boolean {
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_BYTES };
  return verify('sha256', Buffer.from(text), options, Buffer.from(signature, 'base64'));
}

function isNodeId(text: string): text is NodeId {
  return /^mi-[0-9a-f]{17}$/.test(text);
}
