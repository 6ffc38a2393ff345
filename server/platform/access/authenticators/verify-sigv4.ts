// The one path that every SigV4 request takes, whether the signature came in a header or in the query: cheap checks of the head first,
// then the key, then (with the body's hash) the signature. Where the head announces the body's hash the signature is checked before
// a byte of the body is read.
import type { Region } from '../../ids.ts';
import type { Identity, NowOrLater, PendingAuthentication, RequestHead } from '../authenticator.ts';
import type { CredentialsAnswer, CredentialSource, FoundCredentials } from '../ports.ts';
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

/** What the head has said, and the checks of it have let pass. */
interface Begun {
  readonly claim: SignatureClaim;
  readonly head: RequestHead;
  readonly signingName: string;
  readonly region: Region;
  /** The body's hash, where the head says it. */
  readonly announced: string | undefined;
  readonly options: SigV4Options;
}

export function verifySigV4(
  claim: SignatureClaim,
  head: RequestHead,
  signingName: string,
  options: SigV4Options,
): NowOrLater<PendingAuthentication> {
  const region = checkScope(claim, signingName, options);
  checkFresh(claim, head.receivedAt);
  checkSignedHeaders(claim, head.headers);
  const begun = { claim, head, signingName, region, announced: announcedHash(head.headers), options };
  const found = options.credentials.find(claim.accessKeyId, claim.sessionToken, head.receivedAt);
  // Nearly always from memory: then nobody waits.
  return found instanceof Promise ? found.then((answer) => accept(begun, answer)) : accept(begun, found);
}

function accept(begun: Begun, found: CredentialsAnswer): PendingAuthentication {
  const { claim, signingName, region, announced, options } = begun;
  if (typeof found === 'string') {
    pretendToVerify(claim, claim.scope);
    throw found === 'expired' ? expiredToken() : unrecognizedClient();
  }
  const { principal } = found;
  // A node's credentials are of one region; elsewhere they do not exist.
  if (principal.kind === 'node' && principal.region !== region && !options.globalServices.has(signingName))
    throw unrecognizedClient();
  if (announced !== undefined) verify(begun, found, announced);
  return new SignedCall(begun, found);
}

class SignedCall implements PendingAuthentication {
  readonly identity: Identity;
  readonly #begun: Begun;
  readonly #found: FoundCredentials;

  constructor(begun: Begun, found: FoundCredentials) {
    this.identity = { principal: found.principal, region: begun.region };
    this.#begun = begun;
    this.#found = found;
  }

  confirm(bodySha256: string): void {
    const { announced } = this.#begun;
    if (announced === undefined) verify(this.#begun, this.#found, bodySha256);
    else if (announced !== bodySha256) throw wrongSignature();
  }
}

function verify({ claim, head, options }: Begun, { secretAccessKey }: FoundCredentials, payloadHash: string): void {
  const text = stringToSign(claim, canonicalRequest(head, claim.signedHeaders, payloadHash));
  if (!options.signingKeys.verify(claim, secretAccessKey, text, claim.signature)) throw wrongSignature();
}

/** `UNSIGNED-PAYLOAD` and the streaming forms belong to S3, which says so when it comes. */
function announcedHash(headers: ReadonlyMap<string, string>): string | undefined {
  const announced = headers.get('x-amz-content-sha256');
  if (announced === undefined || /^[0-9a-f]{64}$/.test(announced)) return announced;
  throw invalid(
    "The 'x-amz-content-sha256' header must be the SHA-256 of the body in lower-case hex: this service takes no unsigned payload.",
  );
}
