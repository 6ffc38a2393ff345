// The node's own signature, for the two calls that come before or without role credentials: SigV4's string-to-sign, signed with
// RSASSA-PSS (SHA-256, salt of 32 bytes) by the node's private key, in base64. The access key id is the node's id.
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { authorization, stringToSign } from './sign-v4.ts';
import type { SignableRequest, SigningScope } from './sign-v4.ts';

export function signWithNodeKey(
  request: SignableRequest,
  scope: SigningScope,
  nodeId: string,
  privateKey: KeyObject,
): Readonly<Record<string, string>> {
  const toSign = stringToSign(request, scope);
  const key = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign('sha256', Buffer.from(toSign.text), key).toString('base64');
  return {
    ...toSign.headers,
    // The stock agent sends the hash without signing it.
    'x-amz-content-sha256': toSign.bodySha256,
    authorization: authorization(nodeId, toSign, signature),
  };
}
