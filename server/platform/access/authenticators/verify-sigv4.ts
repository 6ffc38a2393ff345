// The one path that every SigV4 request takes, whether the signature came in a header or in the query: cheap checks of the head first,
// then the key, then (with the body's hash) the signature. Where the head announces the body's hash the signature is checked before
// a byte of the body is read.
import type { PendingAuthentication, RequestHead } from '../authenticator.ts';
import type { CredentialSource } from '../ports.ts';
import { canonicalRequest, stringToSign } from '../sigv4/canonical.ts';
import { checkFresh, checkScope, checkSignedHeaders } from '../sigv4/checks.ts';
import type { ScopePolicy } from '../sigv4/checks.ts';
import type { SignatureClaim } from '../sigv4/claim.ts';
import { expiredToken, invalid, unrecognizedClient, wrongSignature } from '../sigv4/refusals.ts';
import { pretendToVerify } from '../sigv4/signing-keys.ts';
import type { SigningKeys } from '../sigv4/signing-keys.ts';

export interface SigV4Options extends ScopePolicy {
  readonly credentials: CredentialSource;
  readonly signingKeys: SigningKeys;
}

export async function verifySigV4(
  claim: SignatureClaim,
  head: RequestHead,
  signingName: string,
  options: SigV4Options,
): Promise<PendingAuthentication> {
  const region = checkScope(claim, signingName, options);
  checkFresh(claim, head.receivedAt);
  checkSignedHeaders(claim, head.headers);
  const announced = announcedHash(head.headers);

  const found = await options.credentials.find(claim.accessKeyId, claim.sessionToken, head.receivedAt);
  if (typeof found === 'string') {
    pretendToVerify(claim, claim.scope);
    throw found === 'expired' ? expiredToken() : unrecognizedClient();
  }
  const { principal, secretAccessKey } = found;
  // A node's credentials are of one region; elsewhere they do not exist.
  if (principal.kind === 'node' && principal.region !== region && !options.globalServices.has(signingName))
    throw unrecognizedClient();

  const verify = (payloadHash: string): void => {
    const { method, rawPath, rawQuery, headers } = head;
    const { signedHeaders } = claim;
    const canonical = canonicalRequest({ method, rawPath, rawQuery, headers, signedHeaders, payloadHash, pathEncoding: 'twice' });
    if (!options.signingKeys.verify(claim, secretAccessKey, stringToSign(claim, canonical), claim.signature))
      throw wrongSignature();
  };
  if (announced !== undefined) verify(announced);
  return {
    identity: { principal, region },
    confirm(bodySha256) {
      if (announced === undefined) verify(bodySha256);
      else if (announced !== bodySha256) throw wrongSignature();
    },
  };
}

/** `UNSIGNED-PAYLOAD` and the streaming forms belong to S3, which says so when it comes. */
function announcedHash(headers: ReadonlyMap<string, string>): string | undefined {
  const announced = headers.get('x-amz-content-sha256');
  if (announced === undefined || /^[0-9a-f]{64}$/.test(announced)) return announced;
  throw invalid(
    "The 'x-amz-content-sha256' header must be the SHA-256 of the body in lower-case hex: this service takes no unsigned payload.",
  );
}
